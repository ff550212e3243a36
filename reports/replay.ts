import type { RunResult } from "../sim/result.ts";

/** What names a run, or a run on both simulated stacks. */
export type Rerun = Pick<RunResult, "parameters" | "population" | "sabotage" | "scenario" | "seed" | "wire"> & {
  readonly stack: RunResult["stack"] | "both";
};

/** The command line that runs `result` again, every word quoted for a POSIX shell where it needs to be. */
export function replayCommand(result: Rerun): string {
  const words = ["chhaya", "run", result.scenario, "--seed", String(result.seed)];
  if (result.stack !== "model") words.push("--stack", result.stack);
  if (result.wire !== undefined) words.push("--transport", result.wire);
  if (result.population !== undefined) words.push("--population", String(result.population));
  for (const [key, value] of Object.entries(result.parameters)) words.push("--set", `${key}=${value}`);
  if (result.sabotage !== undefined) words.push("--sabotage", result.sabotage);
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
