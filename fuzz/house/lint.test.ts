import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isTesting, sources } from "./rooms.ts";
import { ROOT, tool } from "./tools.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "chhaya-lint-"));
  for (const name of [".oxlintrc.json", ".prettierrc.json"]) copyFileSync(join(ROOT, name), join(root, name));
});
afterEach(() => rmSync(root, { recursive: true }));

function plant(path: string, text: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
}

/** Codes of the rules that oxlint finds broken in the planted files, and whether it fails. */
function lint(): { readonly rules: string[]; readonly failed: boolean } {
  const { stdout, status } = tool("oxlint", ["--format", "json"], root);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
  return { rules: diagnostics.map(({ code }) => code), failed: status !== 0 };
}

const broken = (rule: string): { rules: string[]; failed: boolean } => ({ rules: [rule], failed: true });
const CLEAN = { rules: [], failed: false };

describe("the core's purity", () => {
  const GLOBALS = [
    "new Date(0)",
    "Date.now()",
    "setTimeout(() => {})",
    "setInterval(() => {})",
    "setImmediate(() => {})",
    "queueMicrotask(() => {})",
    "performance.now()",
    "crypto.getRandomValues(new Uint8Array(1))",
    "process.pid",
    'console.log("")',
    "Buffer.alloc(1)",
    "globalThis.name",
    "global.name",
  ];

  test.each(GLOBALS)("refuses %s", (use) => {
    plant("core/a/x.ts", `export const x: unknown = ${use};`);
    expect(lint()).toEqual(broken("eslint(no-restricted-globals)"));
  });

  test("refuses Math.random", () => {
    plant("core/a/x.ts", "export const x: number = Math.random();");
    expect(lint()).toEqual(broken("eslint(no-restricted-properties)"));
  });

  test("refuses Math.random taken out of Math", () => {
    plant("core/a/x.ts", "const { random } = Math;\nexport const x: number = random();");
    expect(lint()).toEqual(broken("eslint(no-restricted-properties)"));
  });

  test.each(["node:fs", "node:crypto", "fs", "libp2p", "cborg"])("refuses an import of %s", (specifier) => {
    plant("core/a/x.ts", `export { x } from "${specifier}";`);
    expect(lint()).toEqual(broken("eslint(no-restricted-imports)"));
  });

  test.each(["core/a/x.test.ts", "core/a/x.testing.ts", "core/a/testing.ts", "sim/x.ts", "adapters/a/x.ts"])(
    "is not asked of %s",
    (path) => {
      const uses = GLOBALS.map((use, i) => `export const x${i}: unknown = ${use};`);
      plant(path, [...uses, "export const y: number = Math.random();", 'export { z } from "node:fs";'].join("\n"));
      expect(lint()).toEqual(CLEAN);
    },
  );

  test("is not switched off by a comment", () => {
    const core = sources(ROOT).filter((path) => path.startsWith("core/") && !isTesting(path));
    expect(core.length).toBeGreaterThan(0);
    const quiet = core.filter((path) => /(?:eslint|oxlint)-disable/u.test(readFileSync(join(ROOT, path), "utf8")));
    expect(quiet).toEqual([]);
  });

  test("is the compiler's too: core/tsconfig.json gives the core no library but ECMAScript's", () => {
    const uses = ["setTimeout(() => {})", "crypto", "performance", "console", "process", "Buffer", "TextEncoder"];
    const options = { extends: join(ROOT, "core/tsconfig.json"), include: ["."] };
    plant("package.json", '{ "type": "module" }');
    plant("core/tsconfig.json", JSON.stringify(options));
    plant("core/pure.ts", "export const x: Uint8Array = new Uint8Array(1);");
    for (const [i, use] of uses.entries()) plant(`core/x${i}.ts`, `export const x: unknown = ${use};`);
    const { output } = tool("tsc", ["-p", "core"], root);
    const refused = Array.from(output.matchAll(/^(.*?)\(1,27\): error TS2\d{3}/gmu), (match) => match[1]);
    expect(refused.sort()).toEqual(uses.map((_, i) => `core/x${i}.ts`));
    expect(output).not.toContain("pure.ts");
  });
});

describe("everywhere", () => {
  test("a cycle of imports is refused", () => {
    plant("sim/a.ts", 'import { b } from "./b.ts";\nexport const a: unknown = () => b;');
    plant("sim/b.ts", 'import { a } from "./a.ts";\nexport const b: unknown = () => a;');
    expect(lint()).toEqual({ rules: ["import(no-cycle)", "import(no-cycle)"], failed: true });
  });

  test.each([
    ["eslint(no-unused-vars)", "sim/x.ts", "const x = 1;\nexport {};"],
    ["eslint(no-debugger)", "core/x.ts", "debugger;"],
    ["eslint(use-isnan)", "core/x.ts", "export const x = (y: number): boolean => y === NaN;"],
    [
      "eslint(no-unsafe-finally)",
      "core/x.ts",
      "export function f(): void {\n  try {\n  } finally {\n    return;\n  }\n}",
    ],
    ["vitest(no-focused-tests)", "core/x.test.ts", focused("test.only")],
    ["vitest(no-disabled-tests)", "core/x.test.ts", focused("test.skip")],
    ["vitest(expect-expect)", "core/x.test.ts", 'import { test } from "vitest";\ntest("a", () => {});'],
  ])("%s is on", (rule, path, text) => {
    plant(path, text);
    const { rules, failed } = lint();
    expect(rules).toContain(rule);
    expect(failed).toBe(true);
  });

  test("a comment that switches off nothing is refused", () => {
    plant("sim/x.ts", "// oxlint-disable-next-line no-debugger\nexport const x: number = 1;");
    expect(lint().failed).toBe(true);
  });

  test("a tidy file is accepted", () => {
    plant("core/x.test.ts", focused("test"));
    expect(lint()).toEqual(CLEAN);
  });

  test("an export that nothing uses, a file that nothing imports, and a dependency that nothing needs are refused", () => {
    copyFileSync(join(ROOT, "knip.json"), join(root, "knip.json"));
    plant("package.json", JSON.stringify({ name: "x", type: "module", exports: "./core/index.ts" }));
    plant("core/index.ts", 'export { used } from "./a.ts";');
    plant("core/a.ts", "export const used: number = 1;");
    expect(tool("knip", KNIP, root)).toMatchObject({ status: 0 });
    plant("core/a.ts", "export const used: number = 1;\nexport const idle: number = 2;");
    plant("core/alone.ts", "export {};");
    plant("package.json", JSON.stringify({ name: "x", exports: "./core/index.ts", dependencies: { libp2p: "1.0.0" } }));
    const { status, output } = tool("knip", KNIP, root);
    expect(status).toBe(1);
    for (const found of ["idle", "core/alone.ts", "libp2p"]) expect(output).toContain(found);
  });

  test("an export of the package that does not exist is refused", () => {
    plant("package.json", JSON.stringify({ name: "x", type: "module", exports: "./dist/x.js", files: ["dist"] }));
    expect(tool("publint", PUBLINT, root)).toMatchObject({ status: 1 });
    plant("dist/x.js", "export {};");
    expect(tool("publint", PUBLINT, root)).toMatchObject({ status: 0 });
  });

  test("a form that is not prettier's is refused", () => {
    plant("core/x.ts", "export const x = 'a'");
    expect(tool("prettier", ["--check", "."], root)).toMatchObject({ status: 1 });
    plant("core/x.ts", 'export const x = "a";');
    expect(tool("prettier", ["--check", "."], root)).toMatchObject({ status: 0 });
  });
});

/** Hints are about what the planted tree leaves out of the configuration. */
const KNIP: readonly string[] = ["--no-config-hints"];

const PUBLINT: readonly string[] = ["--strict", "--pack", "false"];

function focused(test: string): string {
  return `import { expect, test } from "vitest";\n${test}("a", () => {\n  expect(1).toBe(1);\n});`;
}
