import type { RunResult } from "../sim/result.ts";

/** The command line that runs `result` again, every word quoted for a POSIX shell where it needs to be. */
export function replayCommand(result: RunResult): string {
  const words = ["chhaya", "run", result.scenario, "--seed", String(result.seed)];
  if (result.stack === "real") words.push("--stack", "real");
  if (result.wire !== undefined) words.push("--transport", result.wire);
  for (const [key, value] of Object.entries(result.parameters)) words.push("--set", `${key}=${value}`);
  if (result.sabotage !== undefined) words.push("--sabotage", result.sabotage);
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
