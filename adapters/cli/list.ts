import type { Command } from "commander";
import { scenarios } from "../../scenarios/index.ts";
import {
  attribution,
  boundedMemory,
  contradiction,
  conviction,
  delivery,
  freshness,
  headAgreement,
  labelPrivacy,
  liveness,
  lookupLiveness,
  noFalseTrust,
  type Oracle,
  ownerAlarm,
  recovery,
  registration,
  secrecy,
  toll,
  witnessHonesty,
} from "../../sim/oracle/index.ts";
import { sabotages } from "../../sim/sabotage/index.ts";
import { benchmarks } from "./bench.ts";
import { nearest, UsageError } from "./usage.ts";

interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly more?: string;
}

const FAULTS: readonly Listed[] = [
  { name: "latency, jitter, bandwidth", summary: "of every link" },
  { name: "loss, duplication, reordering", summary: "at drawn rates" },
  { name: "partition", summary: "between two groups, one way or both" },
  { name: "rule", summary: "any decision about a packet: pass, drop, deliver later" },
  { name: "crash", summary: "at any moment, or between any two effects; unsynced writes are lost or torn" },
  { name: "clock skew", summary: "of a machine, against true time" },
  { name: "redirection", summary: "of what is sent to one name, to whichever of an adversary's machines it likes" },
  { name: "rollback", summary: "of a machine's log and index to an earlier image" },
];

/** A bound is the scenario's own: here only the demand is shown. */
const ORACLES: readonly Oracle[] = [
  ...[delivery, attribution, liveness, recovery, secrecy, boundedMemory],
  ...[headAgreement, conviction, witnessHonesty, freshness, noFalseTrust, ownerAlarm, contradiction],
  ...[lookupLiveness(0), registration(0), toll, labelPrivacy],
];

const LISTS: Readonly<Record<string, () => readonly Listed[]>> = {
  scenarios: () =>
    scenarios.map(({ name, parameters, sabotages: caught, stack, summary }) => ({
      name,
      summary,
      more: `${Object.entries(parameters)
        .map(([key, value]) => `${key}=${value}`)
        .join(" ")}${stack === undefined ? "" : `; needs --stack ${stack}`}; catches ${caught.join(", ")}`,
    })),
  faults: () => FAULTS,
  oracles: () => [
    ...ORACLES.map(({ demand, name }) => ({ name, summary: demand })),
    { name: "key-use", summary: "no two ciphertexts on the wire share a key and nonce, across crashes too" },
    { name: "assertions", summary: "no exception escapes a node, whatever it is fed" },
  ],
  benchmarks: () => benchmarks.map(({ name, summary }) => ({ name, summary })),
  sabotages: () =>
    sabotages.map(({ name, summary }) => {
      const by = scenarios.filter((scenario) => scenario.sabotages.includes(name)).map((scenario) => scenario.name);
      return { name, summary, more: `caught by ${by.join(", ")}` };
    }),
};

export function addList(program: Command): void {
  program
    .command("list")
    .description(`what there is: ${Object.keys(LISTS).join(", ")}`)
    .argument("[kind]", Object.keys(LISTS).join(", "), "scenarios")
    .option("--json", "one JSON object a line", false)
    .action((kind: string, { json }: { readonly json: boolean }) => {
      process.stdout.write(`${listCommand(kind, json)}\n`);
    });
}

/** What there is of one kind, as lines. */
function listCommand(kind: string, json: boolean): string {
  const list = LISTS[kind];
  if (list === undefined) {
    const near = nearest(kind, Object.keys(LISTS));
    throw new UsageError(
      `nothing called "${kind}" to list; ${near === undefined ? Object.keys(LISTS).join(", ") : `did you mean "${near}"?`}`,
    );
  }
  const entries = list();
  if (json) return entries.map((entry) => JSON.stringify(entry)).join("\n");
  const width = Math.max(...entries.map(({ name }) => name.length));
  return entries
    .flatMap(({ more, name, summary }) => [
      `${name.padEnd(width)}  ${summary}`,
      ...(more === undefined ? [] : [`${" ".repeat(width)}  ${more}`]),
    ])
    .join("\n");
}
