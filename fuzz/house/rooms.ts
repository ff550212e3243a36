import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** What the files of one part of the tree may import. */
interface Room {
  /** Paths from the root: a folder ends in `/`, and everything in it is allowed. */
  readonly paths: readonly string[];
  /** Specifiers of packages and built-in modules; one that ends in `/` allows all below it, "*" allows any. */
  readonly packages: readonly string[];
}

/** The longest key that starts a file's path is its room. */
const ROOMS: Readonly<Record<string, Room>> = {
  "core/": { paths: ["core/"], packages: ["@noble/"] },
  "sim/": { paths: ["sim/", "core/"], packages: ["@noble/", "tinyqueue"] },
  // A sabotage swaps modules of the core as they load.
  "sim/sabotage/": { paths: ["sim/", "core/"], packages: ["@noble/", "node:module"] },
  // They tell apart what runs of one seed do, and put the platform's clock and randomness under the kernel.
  "sim/divergence/": { paths: ["sim/", "core/"], packages: ["@noble/"] },
  "sim/realm/": { paths: ["sim/", "core/"], packages: ["@noble/", "node:"] },
  "scenarios/": { paths: ["scenarios/", "sim/", "core/"], packages: [] },
  "reports/": { paths: ["reports/", "sim/result.ts"], packages: ["node:util"] },
  "adapters/": { paths: ["adapters/", "core/"], packages: ["*"] },
  // It plays scenarios, which the command line hands it, as their seeds draw them; it judges by means of its own.
  "adapters/real/": {
    paths: ["adapters/", "core/", "sim/result.ts", "sim/kernel/index.ts", "sim/run/index.ts", "sim/world/index.ts"],
    packages: ["*"],
  },
  // It puts libp2p under the simulator's clock, randomness and wires.
  "adapters/virtual/": { paths: ["adapters/", "core/", "sim/"], packages: ["*"] },
  // It measures what that costs.
  "adapters/bench/libp2p/": {
    paths: ["adapters/", "core/", "sim/kernel/index.ts", "sim/realm/index.ts", "sim/wire/index.ts"],
    packages: ["*"],
  },
  "adapters/cli/": { paths: ["adapters/", "core/", "sim/", "scenarios/", "reports/"], packages: ["*"] },
  "fuzz/": { paths: [""], packages: ["*"] },
};

/** Allowed in tests and in what only tests use, in every room. */
const TEST_PACKAGES: readonly string[] = ["vitest", "fast-check", "cborg", "node:"];

/** Inside a folder that is open to a room, what stays closed to it: only the command line knows the scenarios. */
const CLI = "adapters/cli/";

export interface Import {
  /** The importing file, from the root, with `/`. */
  readonly from: string;
  /** As written; "…" for a dynamic import whose specifier is computed. */
  readonly specifier: string;
}

/** A string, which stays, or a comment, which goes: a glob in a string must not open one. */
const COMMENT = /("(?:[^"\\\n]|\\.)*")|\/\*[^]*?\*\/|\/\/[^\n]*/gu;
const STATIC = /^\s*(?:import|export)\s(?:[^;"'`]*?\sfrom\s*)?["']([^"']+)["']/gmu;
const DYNAMIC = /\b(?:import|require|import\.meta\.resolve)\(\s*(?:["']([^"']+)["'])?/gu;

/** Every import of a module's source text, types included, in the form that prettier gives them. */
export function importsOf(from: string, source: string): Import[] {
  const code = source.replaceAll(COMMENT, "$1");
  return [STATIC, DYNAMIC].flatMap((pattern) =>
    Array.from(code.matchAll(pattern), (match) => ({ from, specifier: match[1] ?? "…" })),
  );
}

/** Why the import breaks the rule of the house; undefined when it does not. */
export function violation(root: string, { from, specifier }: Import): string | undefined {
  const name = Object.keys(ROOMS)
    .filter((prefix) => from.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
  if (name === undefined) return `${from} stands in no room`;
  const room = ROOMS[name] as Room;
  if (name === "fuzz/") return undefined;
  const testing = isTesting(from);
  if (!specifier.startsWith(".")) {
    const allowed = testing ? [...room.packages, ...TEST_PACKAGES] : room.packages;
    return allowed.includes("*") || allowed.some((entry) => covers(entry, specifier))
      ? undefined
      : `${from} imports ${specifier}`;
  }
  const target = relative(root, resolve(root, dirname(from), specifier))
    .split(sep)
    .join("/");
  const open = room.paths.some((entry) => (entry.endsWith("/") ? target.startsWith(entry) : target === entry));
  const cli = target.startsWith(CLI) && name !== CLI;
  const leaks = isTesting(target) && !testing;
  return open && !cli && !leaks ? undefined : `${from} imports ${target}`;
}

/** Of a test, or of what only tests use, which the package does not carry. */
export function isTesting(path: string): boolean {
  return /(?:\.test|[./]testing)\.ts$/u.test(path);
}

/** Every TypeScript file of the rooms under `root`, from the root, with `/`. */
export function sources(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && `${entry.name}/` in ROOMS)
    .flatMap((entry) =>
      readdirSync(join(root, entry.name), { recursive: true, encoding: "utf8" }).map((path) => join(entry.name, path)),
    )
    .filter((path) => path.endsWith(".ts"))
    .map((path) => path.split(sep).join("/"))
    .sort();
}

/** Every violation under `root`, one line each. */
export function violations(root: string): string[] {
  return sources(root)
    .flatMap((path) => importsOf(path, readFileSync(join(root, path), "utf8")))
    .flatMap((found) => violation(root, found) ?? []);
}

function covers(entry: string, specifier: string): boolean {
  return /[/:]$/u.test(entry) ? specifier.startsWith(entry) : specifier === entry;
}
