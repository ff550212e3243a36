import type { Scene } from "./chronicle.ts";
import type { Divergence } from "./find.ts";

/** Observations before the first that differs. */
const BEFORE_SHOWN = 5;

function told(run: number, scene: Scene | undefined, index: number): string[] {
  const observation = scene?.observations[index];
  if (observation === undefined) return [`run ${run}: nothing more`];
  return [`run ${run}: ${observation.text}`, observation.stack];
}

/** For people: the first difference of both runs with their stacks, and what led to it. */
export function describeDivergence({ event, repeated, scenes, seed }: Divergence): string {
  const [one, two] = scenes;
  const [before, after] = [one?.observations ?? [], two?.observations ?? []];
  let index = 0;
  while (index < Math.max(before.length, after.length) && before[index]?.text === after[index]?.text) index++;
  const at = one ?? two;
  const lines = [
    `seed ${seed}: two runs differ at event ${event}${at === undefined ? "" : `, ${at.atMs} ms after the beginning`}`,
  ];
  if (!repeated)
    lines.push("They did not differ there when they were played again: what follows may not be the cause.");
  for (const { text } of before.slice(Math.max(0, index - BEFORE_SHOWN), index)) lines.push(`both:  ${text}`);
  lines.push(...told(1, one, index), ...told(2, two, index));
  if (at !== undefined && at.origin !== "") lines.push("The event was asked for", at.origin);
  return lines.join("\n");
}
