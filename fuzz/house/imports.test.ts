import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { importsOf, sources, violations } from "./rooms.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("this repository", () => {
  test("keeps the import rule", () => {
    expect(violations(ROOT)).toEqual([]);
  });

  test("is seen: every room has files, and the imports of a known file are all found", () => {
    const rooms = new Set(sources(ROOT).map((path) => path.split("/")[0]));
    expect([...rooms].sort()).toEqual(["adapters", "core", "fuzz", "reports", "scenarios", "sim"]);
    const self = importsOf("fuzz/house/imports.test.ts", readFileSync(import.meta.filename, "utf8"));
    expect(self.slice(0, 5).map(({ specifier }) => specifier)).toEqual([
      "node:fs",
      "node:os",
      "node:path",
      "vitest",
      "./rooms.ts",
    ]);
  });
});

describe("a planted import", () => {
  let root: string;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "chhaya-rooms-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  const plant = (path: string, line: string): string[] => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), line);
    return violations(root);
  };
  const bare = (specifier: string): string => `import "${specifier}";\n`;

  test.each([
    ["core/a/x.ts", "../../sim/index.ts", "sim/index.ts"],
    ["core/a/x.ts", "../../adapters/suite/index.ts", "adapters/suite/index.ts"],
    ["core/a/x.test.ts", "../../adapters/suite/index.ts", "adapters/suite/index.ts"],
    ["core/a/x.ts", "node:crypto", "node:crypto"],
    ["core/a/x.ts", "fs", "fs"],
    ["core/a/x.ts", "libp2p", "libp2p"],
    ["core/a/x.ts", "@libp2p/tcp", "@libp2p/tcp"],
    ["core/a/x.ts", "cborg", "cborg"],
    ["core/a/x.ts", "./testing.ts", "core/a/testing.ts"],
    ["core/a/x.ts", "./pair.testing.ts", "core/a/pair.testing.ts"],
    ["core/a/x.ts", "./y.test.ts", "core/a/y.test.ts"],
    ["sim/a/x.ts", "../../adapters/suite/index.ts", "adapters/suite/index.ts"],
    ["sim/x.ts", "../scenarios/index.ts", "scenarios/index.ts"],
    ["sim/x.ts", "../reports/index.ts", "reports/index.ts"],
    ["sim/x.ts", "node:fs", "node:fs"],
    ["sim/kernel/x.ts", "node:module", "node:module"],
    ["sim/sabotage/x.ts", "node:fs", "node:fs"],
    ["sim/x.ts", "tinyqueue-of-another", "tinyqueue-of-another"],
    ["scenarios/x.ts", "../adapters/suite/index.ts", "adapters/suite/index.ts"],
    ["scenarios/x.ts", "../reports/index.ts", "reports/index.ts"],
    ["scenarios/x.ts", "@noble/hashes/sha2.js", "@noble/hashes/sha2.js"],
    ["reports/x.ts", "../sim/index.ts", "sim/index.ts"],
    ["reports/x.ts", "../core/index.ts", "core/index.ts"],
    ["reports/html/x.ts", "node:fs", "node:fs"],
    ["adapters/real/x.ts", "../../sim/oracle/index.ts", "sim/oracle/index.ts"],
    ["adapters/real/x.ts", "../../scenarios/index.ts", "scenarios/index.ts"],
    ["adapters/libp2p/x.ts", "../../sim/kernel/index.ts", "sim/kernel/index.ts"],
    ["adapters/real/x.ts", "../cli/main.ts", "adapters/cli/main.ts"],
    ["adapters/libp2p/x.ts", "../../sim/result.ts", "sim/result.ts"],
    ["adapters/index.ts", "../scenarios/index.ts", "scenarios/index.ts"],
    ["adapters/real/x.ts", "../../reports/index.ts", "reports/index.ts"],
    ["adapters/cli/x.ts", "../../fuzz/house/rooms.ts", "fuzz/house/rooms.ts"],
  ])("of %s from %s is refused", (path, specifier, target) => {
    expect(plant(path, bare(specifier))).toEqual([`${path} imports ${target}`]);
  });

  test.each([
    ["core/a/x.ts", "../b/index.ts"],
    ["core/a/x.ts", "@noble/hashes/sha2.js"],
    ["core/a/x.test.ts", "node:crypto"],
    ["core/a/x.testing.ts", "vitest"],
    ["core/a/testing.ts", "fast-check"],
    ["core/a/x.test.ts", "cborg"],
    ["sim/x.ts", "tinyqueue"],
    ["sim/x.ts", "../core/node/index.ts"],
    ["scenarios/x.ts", "../sim/index.ts"],
    ["reports/a/x.ts", "../../sim/result.ts"],
    ["reports/x.ts", "node:util"],
    ["adapters/real/x.ts", "../../sim/result.ts"],
    ["adapters/real/x.ts", "../../sim/run/index.ts"],
    ["adapters/cli/x.ts", "../../scenarios/index.ts"],
    ["adapters/cli/x.ts", "commander"],
    ["fuzz/x.ts", "../scenarios/index.ts"],
  ])("of %s from %s is allowed", (path, specifier) => {
    expect(plant(path, bare(specifier))).toEqual([]);
  });

  test.each([
    'import type { A } from "node:fs";',
    'import {\n  a,\n  type B,\n} from "node:fs";',
    'import * as a from "node:fs";',
    'export * from "node:fs";',
    'export { a } from "node:fs";',
    'export type { A } from "node:fs";',
    '// a comment\nimport a from "node:fs"; // another',
    '/* a comment */ import a from "node:fs";',
    'const a = "https://example.org"; const b = await import("node:fs");',
    'const a = "dist/**"; const b = await import("node:fs");',
    'type A = import("node:fs").Stats;',
    'const a = require("node:fs");',
    'const a = import.meta.resolve("node:fs");',
  ])("is found in %j", (line) => {
    expect(plant("core/x.ts", `${line}\n`)).toEqual(["core/x.ts imports node:fs"]);
  });

  test("with a computed specifier is refused outside the adapters", () => {
    expect(plant("sim/x.ts", "const a = await import(name);\n")).toEqual(["sim/x.ts imports …"]);
  });

  test("in a comment counts for nothing", () => {
    expect(plant("core/x.ts", '// import "node:fs";\n/* import("node:fs") */\n')).toEqual([]);
  });
});
