import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository. */
export const ROOT: string = join(import.meta.dirname, "../..");

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Runs the tool of that name that a dependency brings, under this Node, in `cwd`. */
export function tool(name: keyof typeof SCRIPTS, args: readonly string[], cwd: string): Ran {
  return run(process.execPath, [join(ROOT, "node_modules", SCRIPTS[name]), ...args], cwd);
}

const SCRIPTS = {
  knip: "knip/bin/knip.js",
  oxlint: "oxlint/bin/oxlint",
  prettier: "prettier/bin/prettier.cjs",
  publint: "publint/src/cli.js",
  tsc: "typescript/bin/tsc",
} as const;

const TIMEOUT_MS = 200_000;

/** Without the settings that npm and the test runner leave in the environment of what they start. */
export function run(command: string, args: readonly string[], cwd: string): Ran {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|VITEST|NODE_OPTIONS|NODE_ENV)/u.test(name)),
  );
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  if (error !== undefined) throw error;
  return { status, stdout, output: stdout + stderr };
}

/** Compiles the package, without its tests, into `directory`. Throws with the compiler's words when it refuses. */
export function build(directory: string): void {
  const { status, output } = tool("tsc", ["-p", "tsconfig.build.json", "--outDir", directory], ROOT);
  if (status !== 0) throw new Error(`the package does not compile:\n${output}`);
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function manifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
}
