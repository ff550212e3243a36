import { assert } from "../../core/safety/index.ts";
import type { Comparison, MessageOutcome, OracleVerdict, Outcome, RunResult } from "../result.ts";

/** Differences that a comparison names one by one. */
const DIFFERENCES_MAX = 10;

const MODEL = "on the model";
const LIBP2P = "on libp2p";

/**
 * Holds a run on libp2p against the run of the same scenario, seed and parameters on the modelled mesh. Equal must be:
 *
 * - of every message that both runs queued (the node made it durable) and neither declared undelivered: who read it, and
 *   for whose. With `delivery` held in one of them, it was delivered in both;
 * - what honest people read that no honest person had said to an honest one (that nothing was, as a rule);
 * - which honest nodes convicted which logs;
 * - the verdict of every oracle, by name.
 *
 * Not compared is when things happened: the latencies of the compared messages are given instead. Neither are messages
 * that only one run said or queued (a machine that loses power after so many effects stops at another moment on another
 * stack, and what it had not made durable is gone), that one of them declared undelivered, or that are beyond the bound of
 * an outcome. They are counted. The delivery oracle of each run judges them there.
 */
export function compareRuns(model: RunResult, libp2p: RunResult): Comparison {
  assert(identity(model) === identity(libp2p), "only runs of one scenario, seed and parameters can be compared");
  const [one, other] = [model.outcome, libp2p.outcome];
  assert(one !== undefined && other !== undefined, "a simulated run has an outcome");
  const messages = compareMessages(one, other);
  const differences = [
    ...compareOracles(model.oracles, libp2p.oracles),
    ...compareSets(one.convictions, other.convictions, (line) => `${line.replace(" ", " convicted ")}`),
    ...messages.differences,
    ...compareSets(one.foreign, other.foreign, (line) => {
      const [, reader, author] = line.split(" ");
      return `${reader} read what nobody had said, for a message of ${author}`;
    }),
  ];
  const { parameters, population, sabotage, scenario, seed } = model;
  return {
    scenario,
    seed,
    parameters,
    ...(population === undefined ? {} : { population }),
    ...(sabotage === undefined ? {} : { sabotage }),
    differences: differences.slice(0, DIFFERENCES_MAX),
    differencesLeftOut: Math.max(0, differences.length - DIFFERENCES_MAX),
    compared: messages.pairs.length,
    notComparable: messages.notComparable,
    saidOtherwise: messages.saidOtherwise,
    latencies: {
      model: latencies(messages.pairs.map(([message]) => message)),
      libp2p: latencies(messages.pairs.map(([, message]) => message)),
    },
  };
}

function identity({ parameters, population, scenario, seed }: RunResult): string {
  const set = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([scenario, seed, set, population]);
}

function compareMessages(model: Outcome, libp2p: Outcome) {
  const onLibp2p = new Map(libp2p.messages.map((message) => [message.id, message]));
  const notComparable: Record<string, number> = {};
  const leaveOut = (reason: string, count = 1): void => {
    if (count > 0) notComparable[reason] = (notComparable[reason] ?? 0) + count;
  };
  const pairs: (readonly [MessageOutcome, MessageOutcome])[] = [];
  const differences: string[] = [];
  let saidOtherwise = 0;
  for (const message of model.messages) {
    const twin = onLibp2p.get(message.id);
    onLibp2p.delete(message.id);
    if (twin === undefined) {
      leaveOut("said on the model only");
      saidOtherwise++;
      continue;
    }
    if (!isSameUtterance(message, twin)) saidOtherwise++;
    const reason = obstacle(message, twin);
    if (reason === undefined) {
      pairs.push([message, twin]);
      differences.push(...compareReadings(message, twin));
    } else leaveOut(reason);
  }
  leaveOut("said on libp2p only", onLibp2p.size);
  leaveOut("beyond the bound", Math.max(model.messagesLeftOut, libp2p.messagesLeftOut));
  return { pairs, differences, notComparable, saidOtherwise: saidOtherwise + onLibp2p.size };
}

function isSameUtterance(a: MessageOutcome, b: MessageOutcome): boolean {
  return a.from === b.from && a.to === b.to && a.atMs === b.atMs;
}

/** Why two fates of the same words say nothing about each other. */
function obstacle(model: MessageOutcome, libp2p: MessageOutcome): string | undefined {
  if (model.from !== libp2p.from || model.to !== libp2p.to) return "said to somebody else";
  if (model.fate === "undelivered" || libp2p.fate === "undelivered") return "declared undelivered";
  if (model.fate === libp2p.fate) return model.fate === "queued" ? undefined : "queued by neither";
  return model.fate === "queued" ? "queued on the model only" : "queued on libp2p only";
}

function compareReadings(model: MessageOutcome, libp2p: MessageOutcome): string[] {
  const lines = ({ readings }: MessageOutcome): string[] => readings.map(({ author, reader }) => `${reader} ${author}`);
  const { atMs, from, to } = model;
  return compareSets(lines(model), lines(libp2p), (line) => {
    const [reader, author] = line.split(" ");
    const as = author === from ? "" : ` as one of ${author}`;
    return `${reader} read what ${from} said to ${to} at ${atMs} ms${as}`;
  });
}

function compareOracles(model: readonly OracleVerdict[], libp2p: readonly OracleVerdict[]): string[] {
  const names = new Set([...model, ...libp2p].map(({ name }) => name));
  const verdictIn = (verdicts: readonly OracleVerdict[], name: string): string =>
    verdicts.find((oracle) => oracle.name === name)?.verdict ?? "absent";
  return [...names].flatMap((name) => {
    const [one, other] = [verdictIn(model, name), verdictIn(libp2p, name)];
    return one === other ? [] : [`${name}: ${one} ${MODEL}, ${other} ${LIBP2P}`];
  });
}

/** A line for everything that only one side has. */
function compareSets(
  model: readonly string[],
  libp2p: readonly string[],
  describe: (line: string) => string,
): string[] {
  const only = (these: readonly string[], those: readonly string[], where: string): string[] => {
    const known = new Set(those);
    return these.filter((line) => !known.has(line)).map((line) => `${describe(line)} ${where} only`);
  };
  return [...only(model, libp2p, MODEL), ...only(libp2p, model, LIBP2P)];
}

function latencies(messages: readonly MessageOutcome[]): number[] {
  return messages.flatMap(({ readAfterMs }) => readAfterMs ?? []).sort((a, b) => a - b);
}
