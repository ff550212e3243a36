import { readFileSync } from "node:fs";

/** Of the package. In its compiled form this module lies one level deeper, under dist. */
export function programVersion(): string {
  const up = import.meta.url.endsWith(".ts") ? "../../package.json" : "../../../package.json";
  const { version } = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as { readonly version: string };
  return version;
}
