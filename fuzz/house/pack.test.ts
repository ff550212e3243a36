import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportsOf, valuesOf } from "./declarations.ts";
import { build, manifest, type Ran, ROOT, run, tool } from "./tools.ts";

const { name, version, exports, bin, dependencies } = manifest();
/** Entry points as a consumer writes them. */
const ENTRIES: readonly string[] = Object.keys(exports).map((entry) => name + entry.slice(1));

/** A registry that does not answer fails the test in time. */
const INSTALL: readonly string[] = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--fetch-timeout=30000"];

const scratch = mkdtempSync(join(tmpdir(), "chhaya-pack-"));
/** What is published: the tree at `package`, before and after it is packed and installed into `project`. */
const staged = join(scratch, "package");
const project = join(scratch, "project");
const installed = join(project, "node_modules", name);
let tarball: string;

beforeAll(() => {
  mkdirSync(staged);
  mkdirSync(project);
  // One that is missing fails the test of the tarball, not all of them.
  const beside = ["package.json", "LICENSE", "README.md"].filter((file) => existsSync(join(ROOT, file)));
  for (const file of beside) copyFileSync(join(ROOT, file), join(staged, file));
  build(join(staged, "dist"));
  const packed = npm(["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], staged);
  expect(packed.output).toContain(".tgz");
  tarball = join(scratch, basename(`${name}-${version}.tgz`));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", type: "module", private: true }));
  const { status, output } = npm(["install", ...INSTALL, tarball], project);
  expect(status, output).toBe(0);
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the tarball", () => {
  test("holds the compiled package, its licence and its readme, and no source or test", () => {
    const files = run("tar", ["-tzf", tarball], scratch).stdout.trim().split("\n");
    const outside = files.filter((file) => !file.startsWith("package/dist/")).sort();
    expect(outside).toEqual(["package/LICENSE", "package/README.md", "package/package.json"]);
    const inside = files.filter((file) => file.startsWith("package/dist/"));
    expect(inside.length).toBeGreaterThan(100);
    expect(inside.filter((file) => !/\.(?:js|d\.ts)$/u.test(file))).toEqual([]);
    expect(inside.filter((file) => /[./-]test(?:ing|s)?[./-]|\/fuzz\//u.test(file))).toEqual([]);
  });

  test("carries the GNU Affero General Public License", () => {
    const [title, edition] = readFileSync(join(installed, "LICENSE"), "utf8").split("\n");
    expect(title?.trim()).toBe("GNU AFFERO GENERAL PUBLIC LICENSE");
    expect(edition?.trim()).toBe("Version 3, 19 November 2007");
  });
});

describe("an empty project that installed it", () => {
  test("has its dependencies, and none of the tools that it is developed with", () => {
    const packages = readdirSync(join(project, "node_modules"));
    for (const dependency of Object.keys(dependencies)) {
      expect(existsSync(join(project, "node_modules", dependency)), dependency).toBe(true);
    }
    for (const development of ["node", "vitest", "typescript", "fast-check"]) {
      expect(packages).not.toContain(development);
    }
  });

  test.each(ENTRIES)("imports from %s what its declarations promise", (entry) => {
    const code = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(entry)})).sort()))`;
    const { status, stdout, output } = node(["--input-type=module", "--eval", code]);
    expect(status, output).toBe(0);
    const { types } = exports[`.${entry.slice(name.length)}`] as { types: string };
    const values = valuesOf(exportsOf(join(installed, types)));
    expect(values.length).toBeGreaterThan(0);
    expect(JSON.parse(stdout)).toEqual(values);
  });

  test("compiles against it under strict nodenext, and sees its types", () => {
    const uses = ENTRIES.flatMap((entry, i) => [
      `import * as e${i} from ${JSON.stringify(entry)};`,
      // Of a module without types every name would do.
      `// @ts-expect-error\nexport const none${i}: unknown = e${i}.noSuchName;`,
    ]);
    const secret = `import { Secret } from "${name}";\nexport const length: number = Secret.copyOf(new Uint8Array(3)).length;`;
    writeFileSync(join(project, "consumer.ts"), [...uses, secret].join("\n"));
    const compilerOptions = {
      strict: true,
      module: "nodenext",
      target: "es2024",
      lib: ["es2024"],
      types: [],
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    const { output } = tool("tsc", ["-p", ".", "--listFiles"], project);
    expect(output).toContain(join(installed, "dist/core/index.d.ts"));
    // The libraries of others ask for DOM types in their declarations; ours must ask for nothing.
    const ours = output
      .split("\n")
      .filter((line) => /^(?:consumer|error|node_modules\/chhaya\/).*error TS/u.test(line));
    expect(ours).toEqual([]);
  });

  test.each(Object.keys(bin))("runs %s", (command) => {
    const shown = launch(command, ["--version"]);
    expect(shown.output).toBe(`${version}\n`);
    expect(shown.status).toBe(0);
    const listed = launch(command, ["list"]);
    expect(listed.status).toBe(0);
    expect(listed.stdout).not.toBe("");
    expect(launch(command, ["no-such-command"]).status).toBe(2);
  });

  test.each(Object.keys(bin))("plays a scenario with %s", (command) => {
    const held = launch(command, ["run", "conversation", "--json"]);
    expect(held.status, held.output).toBe(0);
    expect(JSON.parse(held.stdout)).toMatchObject({ scenario: "conversation", verdict: "held" });
  });
});

function npm(args: readonly string[], cwd: string): Ran {
  return run("npm", args, cwd);
}

function node(args: readonly string[]): Ran {
  return run(process.execPath, args, project);
}

/** The command as the installed package links it, under this Node. */
function launch(command: string, args: readonly string[]): Ran {
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;
  return run("env", [`PATH=${path}`, join(project, "node_modules/.bin", command), ...args], project);
}
