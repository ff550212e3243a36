import type { FigureTable } from "../../reports/index.ts";
import type { SweepResult } from "../endurance/index.ts";

const count = (value: number): string => value.toLocaleString("en-US");

/** What was counted in a sweep of kills, and what was found wrong. */
export function killTable(result: SweepResult, seed: number): FigureTable {
  const { acknowledged, conflicts, damaged, delivered, envelopes, kept, kills, killedStarting, repeated } = result;
  const { faults, ms, quietMs, rounds, said, startMs, tags, torn } = result;
  const rows: readonly (readonly [string, string])[] = [
    ["kills", count(kills.alice + kills.bob)],
    ["of these, of either node", `${count(kills.alice)} and ${count(kills.bob)}`],
    ["of these, of one that was starting", count(killedStarting)],
    ["pairs that met", count(rounds)],
    ["messages written", count(said)],
    ["acknowledged", count(acknowledged)],
    ["delivered", count(delivered)],
    ["envelopes sent", count(envelopes)],
    ["under so many tags", count(tags)],
    ["sent again as they were", count(repeated)],
    ["keys used twice", count(conflicts)],
    ["logs found torn", count(torn)],
    ["logs found damaged", count(damaged)],
    ["a start, median", `${count(Math.round(rank(startMs, 0.5)))} ms`],
    ["a start, at most", `${count(Math.round(rank(startMs, 1)))} ms`],
    ["until all was delivered, at most", `${count(Math.round(rank(quietMs, 1)))} ms`],
    ["all of it", `${count(Math.round(ms / 1_000))} s`],
  ];
  return {
    title: `kills, seed ${seed}`,
    columns: [""],
    blocks: [{ heading: "", rows: rows.map(([name, cell]) => ({ name, cells: [cell], aim: "", met: undefined })) }],
    notes: [
      ...(faults.length === 0 ? ["Nothing was lost, doubled or altered."] : faults.map((fault) => `FAILED: ${fault}`)),
      ...(kept === undefined ? [] : [`The homes of the failed round: ${kept}`]),
    ],
  };
}

/** Nearest rank. */
function rank(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
