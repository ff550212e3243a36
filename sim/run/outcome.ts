import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { MessageOutcome, Outcome, OutcomeReading } from "../result.ts";
import type { Said, World } from "../world/index.ts";

/** Messages whose fate a result tells one by one. */
const OUTCOME_MESSAGES_MAX = 20_000;

/** Notes who reads what, and who convicts whom. Ask for the outcome when the run is over. */
export function watchOutcome(world: World): () => Outcome {
  const readings = new Map<string, (OutcomeReading & { readonly atMs: number })[]>();
  const convictions = new Set<string>();
  world.watch({
    read({ atMs, author = "?", id, reader }) {
      const known = readings.get(id) ?? [];
      if (known.some((one) => one.reader === reader && one.author === author)) return;
      readings.set(id, [...known, { reader, author, atMs }]);
    },
    event(party, event) {
      if (event.kind !== "directory.convicted" || !world.isHonest(party)) return;
      const log = world.logs.find(({ id }) => id === event.log)?.anchor.name ?? event.log;
      convictions.add(`${party.name} ${log}`);
    },
  });

  const outcomeOf = ({ atMs, from, id, queued, to, undelivered }: Said): MessageOutcome => {
    const own = readings.get(id) ?? [];
    const first = own.find(({ reader }) => reader === to);
    return {
      id,
      from,
      to,
      atMs,
      fate: undelivered ? "undelivered" : queued ? "queued" : "unqueued",
      readings: own.map(({ author, reader }) => ({ reader, author })).sort(byName),
      ...(first === undefined ? {} : { readAfterMs: first.atMs - atMs }),
    };
  };

  return () => {
    const honest = new Set(world.people.map(({ name }) => name));
    const said = [...world.ledger.said].filter(({ from, to }) => honest.has(from) && honest.has(to));
    const own = new Set(said.map(({ id }) => id));
    const lines = (wanted: (id: string) => boolean): string[] =>
      [...readings]
        .flatMap(([id, all]) => (wanted(id) ? all.map(({ author, reader }) => `${id} ${reader} ${author}`) : []))
        .sort();
    const convicted = [...convictions].sort();
    const everything = [...lines(() => true), ...convicted].join("\n");
    return {
      messages: said.slice(0, OUTCOME_MESSAGES_MAX).map(outcomeOf),
      messagesLeftOut: Math.max(0, said.length - OUTCOME_MESSAGES_MAX),
      foreign: lines((id) => !own.has(id)),
      convictions: convicted,
      digest: bytesToHex(world.suite.sha256(utf8ToBytes(everything))),
    };
  };
}

function byName(a: OutcomeReading, b: OutcomeReading): number {
  const [one, other] = [`${a.reader} ${a.author}`, `${b.reader} ${b.author}`];
  return one < other ? -1 : one > other ? 1 : 0;
}
