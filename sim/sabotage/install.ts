import { registerHooks } from "node:module";
import { sabotages } from "./list.ts";
import { applyEdit, type Sabotage, SabotageMistake } from "./sabotage.ts";

export function findSabotage(name: string): Sabotage {
  const found = sabotages.find((sabotage) => sabotage.name === name);
  if (found === undefined) {
    throw new SabotageMistake(`unknown sabotage "${name}"; "chhaya list sabotages" shows all`);
  }
  return found;
}

/**
 * Weakens the protocol in this thread: modules that are loaded from now on are edited. Call it before anything
 * imports `core`; the returned function says whether every edit has been applied, which the caller must demand.
 */
export function installSabotage(name: string): () => void {
  const sabotage = findSabotage(name);
  const pending = new Set(sabotage.edits);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      let { source } = loaded;
      for (const edit of sabotage.edits) {
        if (!url.endsWith(`/${edit.file}`) && !url.endsWith(`/dist/${edit.file.replace(/ts$/u, "js")}`)) continue;
        const text = typeof source === "string" ? source : new TextDecoder().decode(source as Uint8Array);
        source = applyEdit(name, edit, text);
        pending.delete(edit);
      }
      return { ...loaded, source };
    },
  });
  return () => {
    const [missed] = pending;
    if (missed !== undefined) throw new SabotageMistake(`sabotage "${name}" found no ${missed.file} to apply to`);
  };
}
