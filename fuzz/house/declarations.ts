import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** What a module exports: each name with its declaration, as the compiler emitted it, without comments. */
export type Exports = ReadonlyMap<string, string>;

interface Origin {
  readonly name: string;
  readonly from: string;
}

const DECLARATION =
  /^(?<exported>export )?(?:declare )?(?:abstract )?(?<kind>const|function|class|interface|type|enum) (?<name>[\w$]+)/u;
const LIST = /^(?<verb>import|export) (?:type )?\{(?<list>[^}]*)\}(?: from "(?<from>[^"]+)")?;$/u;
const STAR = /^export \* from "(?<from>[^"]+)";$/u;
const ENDS_WITH_BRACE: ReadonlySet<string | undefined> = new Set(["class", "interface", "enum"]);

/**
 * The exports of a declaration file that the compiler emitted, re-exports followed. TypeScript 7 has no interface to
 * ask; what it emits is regular, and a statement of a form that is not known here throws: none is overlooked.
 */
export function exportsOf(file: string): Exports {
  const declared = new Map<string, string>();
  const imported = new Map<string, Origin>();
  const exported = new Map<string, Origin | string>();
  const stars: string[] = [];
  for (const statement of statements(readFileSync(file, "utf8"))) {
    const declaration = DECLARATION.exec(statement)?.groups;
    const list = LIST.exec(statement)?.groups;
    const star = STAR.exec(statement)?.groups?.["from"];
    if (declaration !== undefined) {
      const name = declaration["name"] as string;
      const text = statement.replace(/^export /u, "").replace(/^declare /u, "");
      declared.set(name, declared.has(name) ? `${declared.get(name)}\n${text}` : text);
      if (declaration["exported"] !== undefined) exported.set(name, name);
    } else if (list !== undefined) {
      const from = list["from"];
      for (const [name, as] of items(list["list"] as string)) {
        if (list["verb"] === "import") imported.set(as, { name, from: from as string });
        else exported.set(as, from === undefined ? name : { name, from });
      }
    } else if (star !== undefined) stars.push(star);
    else if (!/^import [^{]/u.test(statement)) throw new Error(`${file}: a form that is not known: ${statement}`);
  }

  const follow = ({ name, from }: Origin): string => {
    if (!from.startsWith(".")) return `${name} from "${from}";`;
    return exportsOf(declarationsOf(file, from)).get(name) ?? lost(file, name);
  };
  const found = new Map<string, string>();
  for (const from of stars) for (const [name, text] of exportsOf(declarationsOf(file, from))) found.set(name, text);
  // A module's own exports win over those of its `export *`.
  for (const [as, origin] of exported) {
    const name = typeof origin === "string" ? origin : origin.name;
    const other = typeof origin === "string" ? imported.get(origin) : origin;
    const text = other === undefined ? (declared.get(name) ?? lost(file, name)) : follow(other);
    found.set(as, as === name ? text : `${as}: ${text}`);
  }
  return found;
}

/** Names that a module has when it runs, in order; types have none. */
export function valuesOf(exports: Exports): string[] {
  return [...exports]
    .filter(([, text]) => /^(?:\w+: )?(?:abstract )?(?:const|function|class|enum) /u.test(text))
    .map(([name]) => name)
    .sort();
}

/** The top-level statements of a declaration file, without comments and empty lines. */
function statements(source: string): string[] {
  const tokens = source.replaceAll(/("(?:[^"\\\n]|\\.)*")|\/\*[^]*?\*\/|\/\/[^\n]*/gu, "$1");
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of tokens.matchAll(/"(?:[^"\\\n]|\\.)*"|[{}()[\];]/gu)) {
    if (/^[{([]$/u.test(token)) depth++;
    if (/^[})\]]$/u.test(token)) depth--;
    if (depth > 0) continue;
    const end = index + token.length;
    const text = tokens
      .slice(start, end)
      .replaceAll(/\s*\n(?:\s*\n)*/gu, "\n")
      .trim();
    const closes = token === "}" && ENDS_WITH_BRACE.has(DECLARATION.exec(text)?.groups?.["kind"]);
    if (token !== ";" && !closes) continue;
    if (text !== "export {};") found.push(text);
    start = end;
  }
  if (tokens.slice(start).trim() !== "") throw new Error(`a statement without an end: ${tokens.slice(start)}`);
  return found;
}

function items(list: string): [name: string, as: string][] {
  return list
    .split(",")
    .map((item) => item.trim().replace(/^type /u, ""))
    .filter((item) => item !== "")
    .map((item) => item.split(" as "))
    .map(([name, as]) => [name as string, as ?? (name as string)]);
}

function declarationsOf(file: string, specifier: string): string {
  const path = resolve(dirname(file), specifier.replace(/\.(?:ts|js)$/u, ".d.ts"));
  if (!existsSync(path)) throw new Error(`${file} names ${specifier}, which was not compiled`);
  return path;
}

function lost(file: string, name: string): never {
  throw new Error(`${file} exports ${name}, which is declared nowhere`);
}
