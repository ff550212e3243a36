import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Exports, exportsOf } from "./declarations.ts";
import { build, manifest, ROOT } from "./tools.ts";

/** The checked-in list of an entry point. */
export function listOf(entry: string): string {
  return join(ROOT, "fuzz/house/api", `${entry === "." ? "core" : entry.slice(2)}.txt`);
}

/** What each entry point of package.json that has a source exports, compiled afresh. */
export function publicApi(): ReadonlyMap<string, Exports> {
  const directory = mkdtempSync(join(tmpdir(), "chhaya-api-"));
  try {
    build(directory);
    const found = new Map<string, Exports>();
    for (const [entry, { types }] of Object.entries(manifest().exports)) {
      const file = join(directory, types.replace("./dist/", ""));
      if (existsSync(file)) found.set(entry, exportsOf(file));
    }
    return found;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The list as text: one declaration a paragraph, by name. */
export function render(exports: Exports): string {
  const names = [...exports.keys()].sort();
  return names.map((name) => `${exports.get(name)}\n`).join("\n");
}

if (import.meta.main) {
  for (const [entry, exports] of publicApi()) writeFileSync(listOf(entry), render(exports));
}
