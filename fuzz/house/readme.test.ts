import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { manifest, ROOT } from "./tools.ts";

const readme = readFileSync(join(ROOT, "README.md"), "utf8");

test("the library example runs and prints what the page says", () => {
  const [, code = ""] = /```ts\n([^`]+)```/u.exec(readme) ?? [];
  const [, printed] = /It prints `([^`]+)`/u.exec(readme) ?? [];
  const entry = pathToFileURL(join(ROOT, "sim/index.ts")).href;
  const directory = mkdtempSync(join(tmpdir(), "chhaya-readme-"));
  try {
    const file = join(directory, "example.ts");
    writeFileSync(file, code.replace('"chhaya/sim"', JSON.stringify(entry)));
    const { stderr, stdout } = spawnSync(process.execPath, [file], { encoding: "utf8" });
    expect({ stderr, stdout }).toEqual({ stderr: "", stdout: `${printed}\n` });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("every runtime dependency has its line", () => {
  for (const name of Object.keys(manifest().dependencies)) expect(readme).toContain(`\`${name}\``);
});
