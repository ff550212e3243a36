import { stringify } from "smol-toml";
import type { z } from "zod";
import { SECTIONS } from "./schema.ts";

const COLUMNS = 100;

/** A config.toml that says what every key means and changes nothing: each stands there with its default, as a comment. */
export function documentedConfig(): string {
  const sections = Object.entries(SECTIONS).map(([name, { shape }]) =>
    [`[${name}]`, ...Object.entries(shape).map(([key, schema]) => entry(name, key, schema as z.ZodType))].join("\n\n"),
  );
  const head = comment(
    "The configuration of a Chhaya node. Every key is here with its default: take the # away in front of it to change it. Paths are taken from this folder. It is checked at every start.",
  );
  return `${[head, ...sections].join("\n\n")}\n`;
}

function entry(section: string, key: string, schema: z.ZodType): string {
  const { description = "", example } = (schema.meta() ?? {}) as {
    readonly description?: string;
    readonly example?: unknown;
  };
  const fallback = "defaultValue" in schema.def ? schema.def.defaultValue : undefined;
  const isEmpty = fallback === undefined || isHollow(fallback);
  const value = isEmpty ? example : fallback;
  const lines = value === undefined ? [`${key} =`] : assignment(section, key, value);
  const hint = isEmpty && value !== undefined ? " For instance:" : "";
  return [comment(`${description}${hint}`), ...lines.map((line) => `# ${line}`)].join("\n");
}

/** `key = value`, or the tables that it takes. */
function assignment(section: string, key: string, value: unknown): string[] {
  if (isTables(value))
    return stringify({ [section]: { [key]: value } })
      .trimEnd()
      .split("\n")
      .filter((line) => line !== `[${section}]` && line !== "");
  if (Array.isArray(value) && stringify({ [key]: value }).length > COLUMNS) {
    return [`${key} = [`, ...value.map((element) => `  ${JSON.stringify(element)},`), "]"];
  }
  return [stringify({ [key]: value }).trimEnd()];
}

function isTables(value: unknown): boolean {
  return typeof value === "object" && value !== null && (!Array.isArray(value) || typeof value[0] === "object");
}

function isHollow(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function comment(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > COLUMNS) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join("\n");
}
