import { readFileSync, statSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import { nearest } from "../../spelling/index.ts";
import { type Config, ConfigError } from "./config.ts";
import { configSchema, keysAt } from "./schema.ts";

/** The longest configuration that is read. */
const CONFIG_BYTES_MAX = 1_048_576;
/** Mistakes that are named; beyond it their number. */
const MISTAKES_MAX = 50;
/** Characters of a wrong value that are shown. */
const VALUE_CHARS_MAX = 60;

/** The configuration in a file; every default where there is no file. Throws {@link ConfigError}. */
export function readConfig(file: string): Config {
  let text: string;
  try {
    if (statSync(file).size > CONFIG_BYTES_MAX)
      throw new ConfigError(file, [`it is longer than ${CONFIG_BYTES_MAX} bytes`]);
    text = readFileSync(file, "utf8");
  } catch (failure) {
    if (failure instanceof ConfigError) throw failure;
    const code = failure instanceof Error && "code" in failure ? String(failure.code) : "unknown";
    if (code !== "ENOENT") throw new ConfigError(file, [`it cannot be read: ${code}`]);
    text = "";
  }
  return parseConfig(text, file);
}

/** Throws {@link ConfigError}, which names every mistake, and nothing else. `source` is what the text came from. */
export function parseConfig(text: string, source: string): Config {
  let table: unknown;
  try {
    table = parse(text);
  } catch (failure) {
    if (!(failure instanceof TomlError)) throw failure;
    const [why] = failure.message.replace(/^Invalid TOML document: /u, "").split("\n");
    throw new ConfigError(source, [`line ${failure.line}, column ${failure.column}: it is no TOML: ${why}`]);
  }
  const checked = configSchema.safeParse(table, { reportInput: true });
  if (!checked.success) throw new ConfigError(source, mistakesOf(checked.error.issues));
  const halves = halfDone(checked.data);
  if (halves.length > 0) throw new ConfigError(source, halves);
  return checked.data;
}

function mistakesOf(issues: readonly z.core.$ZodIssue[]): string[] {
  const mistakes = [...new Set(issues.flatMap(said))];
  if (mistakes.length <= MISTAKES_MAX) return mistakes;
  return [...mistakes.slice(0, MISTAKES_MAX), `… and ${mistakes.length - MISTAKES_MAX} more`];
}

function said(issue: z.core.$ZodIssue): string[] {
  const at = pathOf(issue.path);
  const got = `, not ${shown(issue.input)}`;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(issue.path, key));
    case "invalid_type":
      return [issue.input === undefined ? `${at} is missing` : `${at} takes ${nameOf(issue.expected)}${got}`];
    case "invalid_value":
      return [`${at} takes ${issue.values.map((value) => JSON.stringify(value)).join(", ")}${got}`];
    case "too_small":
    case "too_big":
      return [`${at} takes ${rangeOf(issue)}${got}`];
    case "invalid_key":
      return [`${at} ${issue.issues[0]?.message ?? "is no key"}`];
    default:
      return [`${at} ${issue.message}${got}`];
  }
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const known = keysAt(path) ?? [];
  const near = nearest(key, known);
  const hint = near === undefined ? `; there is ${known.join(", ")}` : `; did you mean "${near}"?`;
  const kind = path.length === 0 ? "section" : "key";
  return `${pathOf([...path, key])} is no ${kind} that there is${hint}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list in [ ]",
  object: "a section",
  record: "a section",
};

function nameOf(type: string): string {
  return TYPES[type] ?? type;
}

function rangeOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [word, bound] = issue.code === "too_small" ? ["at least", issue.minimum] : ["at most", issue.maximum];
  const unit = issue.origin === "string" ? " characters" : issue.origin === "array" ? " entries" : "";
  return `${word} ${bound}${unit}`;
}

/** `network.listen[0]`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${bareOrQuoted(String(part))}`))
    .join("");
}

function bareOrQuoted(key: string): string {
  return /^[A-Za-z0-9_-]{1,64}$/u.test(key) ? key : shown(key);
}

function shown(value: unknown): string {
  const text =
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "nothing";
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}

/** Keys that make no sense without one another. */
function halfDone({ directories, network, roles }: Config): string[] {
  const pairs: readonly (readonly [boolean, string])[] = [
    [
      (network.bootstrap_list === undefined) !== (network.bootstrap_anchor === undefined),
      "network.bootstrap_list and network.bootstrap_anchor go together",
    ],
    [
      (roles.witness === undefined) !== (roles.witness_logs.length === 0),
      "roles.witness and roles.witness_logs go together",
    ],
    [
      roles.directory === undefined && Object.keys(roles.directory_witnesses).length > 0,
      "roles.directory_witnesses needs roles.directory",
    ],
    [
      directories.followed.length > 0 &&
        directories.agreement > directories.followed.length + (roles.directory === undefined ? 0 : 1),
      `directories.agreement is ${directories.agreement}, and only ${directories.followed.length} are followed`,
    ],
    [roles.mirror && directories.followed.length === 0, "roles.mirror needs a followed directory"],
  ];
  return pairs.flatMap(([wrong, mistake]) => (wrong ? [mistake] : []));
}
