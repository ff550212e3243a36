import { equalConstantTime } from "../../safety/index.ts";
import {
  type Capsule,
  capsuleIndices,
  openCapsule,
  type Registration,
  type Standing,
  type Stretched,
  stretchLabel,
  verifyAbsence,
  verifyLookup,
  watchIndices,
  wipeStretched,
} from "../../vkd/index.ts";
import type { CosignedHead } from "../../quorum/index.ts";
import type { LogId } from "../events.ts";
import type { Address } from "../ports.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { afterPause, ask, askInTurn, fetchRecord } from "./exchange.ts";
import { consider, viewOf } from "./heads.ts";
import { type Log, serversOf } from "./state.ts";

/** How often the record store is asked before the directory is. */
const FETCHES_MAX = 2;
/** How often a server that is behind is asked again. */
const ROUNDS_MAX = 3;

/** What one log says of a label, verified; or why it says nothing that can be believed. */
export type Outcome =
  | { readonly kind: "found"; readonly registration: Registration; readonly head: CosignedHead }
  | { readonly kind: "absent"; readonly head: CosignedHead }
  | { readonly kind: "failed"; readonly code: string };

/** Asks every followed log about a label. `done` is called once, with an outcome for each. */
export function resolve(
  node: NodeState,
  label: string,
  turn: Turn,
  done: (outcomes: ReadonlyMap<LogId, Outcome>, turn: Turn) => void,
): void {
  const outcomes = new Map<LogId, Outcome>();
  const logs = [...node.directories.logs.values()];
  let waiting = logs.length;
  for (const log of logs) {
    resolveIn(node, log, label, turn, (outcome, later) => {
      outcomes.set(log.id, outcome);
      waiting--;
      if (waiting === 0) done(believed(node, outcomes), later);
    });
  }
  if (logs.length === 0) done(outcomes, turn);
}

/** What a log said that was convicted meanwhile counts for nothing. */
function believed(node: NodeState, outcomes: ReadonlyMap<LogId, Outcome>): ReadonlyMap<LogId, Outcome> {
  const convicted: Outcome = { kind: "failed", code: "directory/convicted" };
  return new Map(
    [...outcomes].map(([id, outcome]) => [
      id,
      node.directories.logs.get(id)?.evidence === undefined ? outcome : convicted,
    ]),
  );
}

/** A chosen order of servers: from a random one on, the directory last, so that no mirror sees every lookup. */
function shuffled(node: NodeState, log: Log): Address[] {
  const mirrors = serversOf(log).filter((address) => address !== log.followed.directory);
  const [draw = 0] = node.random.bytes(1);
  const start = mirrors.length === 0 ? 0 : draw % mirrors.length;
  return [...mirrors.slice(start), ...mirrors.slice(0, start), log.followed.directory];
}

type Done = (outcome: Outcome, turn: Turn) => void;

/**
 * The label's capsule from the record store, then the tree from a mirror: neither the directory nor anybody who does
 * not know the label learns what was looked up. Where that fails the directory is asked, and its answer proven alike.
 */
export function resolveIn(node: NodeState, log: Log, label: string, turn: Turn, done: Done): void {
  if (log.evidence !== undefined) {
    done({ kind: "failed", code: "directory/convicted" }, turn);
    return;
  }
  fetchCapsule(node, log, label, stretchLabel(node.suite, log.followed.anchor, label), FETCHES_MAX, turn, done);
}

function fetchCapsule(
  node: NodeState,
  log: Log,
  label: string,
  stretched: Stretched,
  fetches: number,
  turn: Turn,
  done: Done,
): void {
  fetchRecord(node, stretched.record.address, turn, (value, later) => {
    const capsule = value === undefined ? undefined : openCapsule(node.suite, stretched, value, later.now);
    if (capsule?.ok !== true) {
      // A record that one peer lost, another has: the directory is told the label only when nothing else helps.
      const again = (then: Turn): void => fetchCapsule(node, log, label, stretched, fetches - 1, then, done);
      if (fetches > 1 && afterPause(node, node.settings.askRetryMs, later, again)) return;
      wipeStretched(stretched);
      askDirectory(node, log, label, later, done);
      return;
    }
    wipeStretched(stretched);
    proveCapsule(node, log, label, capsule.value, later, (outcome, heard) => {
      // The stored capsule may be older than the newest epoch, or somebody who knows the label stored another.
      if (outcome.kind === "failed") askDirectory(node, log, label, heard, done);
      else done(outcome, heard);
    });
  });
}

function askDirectory(node: NodeState, log: Log, label: string, turn: Turn, done: Done): void {
  ask(node, log.followed.directory, { kind: "find", log: log.bytes, label }, turn, (answer, later) => {
    switch (answer.kind) {
      case "capsule":
        proveCapsule(node, log, label, answer.capsule, later, done);
        return;
      case "absent":
        proveAbsent(node, log, label, answer.proof, later, done);
        return;
      default:
        done({ kind: "failed", code: "directory/no-answer" }, later);
    }
  });
}

function proveCapsule(node: NodeState, log: Log, label: string, capsule: Capsule, turn: Turn, done: Done): void {
  const indices = capsuleIndices(node.suite, log.followed.anchor, label, capsule);
  if (!indices.ok) {
    turn.refuse(indices.error);
    done({ kind: "failed", code: indices.error }, turn);
    return;
  }
  prove(node, log, indices.value, turn, done, (standing, now) => {
    const verified = verifyLookup(node.suite, viewOf(node, log, now), label, { capsule, standing });
    if (!verified.ok) return { kind: "failed", code: verified.error };
    return { kind: "found", registration: verified.value.registration, head: standing.head };
  });
}

function proveAbsent(node: NodeState, log: Log, label: string, proof: Uint8Array, turn: Turn, done: Done): void {
  const places = watchIndices(node.suite, log.followed.anchor, label, [{ version: 1, proof }]);
  if (!places.ok) {
    turn.refuse(places.error);
    done({ kind: "failed", code: places.error }, turn);
    return;
  }
  const indices = places.value.map(({ index }) => index);
  prove(node, log, indices, turn, done, (standing, now) => {
    const verified = verifyAbsence(node.suite, viewOf(node, log, now), label, { standing, proof });
    return verified.ok ? { kind: "absent", head: standing.head } : { kind: "failed", code: verified.error };
  });
}

/** Asks whoever serves the log for its tree at these indices until a proof verifies. */
function prove(
  node: NodeState,
  log: Log,
  indices: readonly Uint8Array[],
  turn: Turn,
  done: Done,
  judge: (standing: Standing, now: number) => Outcome,
  rounds: number = ROUNDS_MAX,
): void {
  let outcome: Outcome = { kind: "failed", code: "directory/no-answer" };
  askInTurn(
    node,
    shuffled(node, log),
    { kind: "standing", log: log.bytes, from: log.newest?.head.head.epoch ?? 0, indices },
    turn,
    (answer, server, later) => {
      if (answer.kind !== "standing") return false;
      const { standing } = answer;
      outcome = judge(standing, later.now);
      if (outcome.kind === "failed") later.refuse(outcome.code);
      // Whatever the proof is worth, its head may be newer, or evidence.
      consider(node, log, standing, server, later);
      const held = log.newest?.head;
      if (log.evidence !== undefined) outcome = { kind: "failed", code: "directory/convicted" };
      else if (outcome.kind !== "failed") {
        // The head as it was verified when it was adopted: of one that is held already, no signature was looked at.
        const isHeld = held !== undefined && held.head.epoch === outcome.head.head.epoch;
        outcome = isHeld ? { ...outcome, head: held } : { kind: "failed", code: "vkd/head-older" };
      }
      return outcome.kind !== "failed";
    },
    (_, later) => {
      // Whoever is only behind has caught up in a moment: at an epoch's turn a client may hear of it first.
      const behind = outcome.kind === "failed" && outcome.code === "vkd/head-older" && rounds > 1;
      const again = (then: Turn): void => prove(node, log, indices, then, done, judge, rounds - 1);
      if (!behind || !afterPause(node, node.settings.askRetryMs, later, again)) done(outcome, later);
    },
  );
}

/** How the outcomes stand: which logs agree on what most of them say, and whether any proof contradicts another. */
export function tally(outcomes: ReadonlyMap<LogId, Outcome>): {
  /** Logs by what they proved; the largest group first, in the order of the logs where two are alike. */
  readonly groups: readonly { readonly account: Uint8Array | undefined; readonly logs: readonly LogId[] }[];
  readonly failures: readonly { readonly log: LogId; readonly code: string }[];
} {
  const groups: { account: Uint8Array | undefined; logs: LogId[] }[] = [];
  const failures: { log: LogId; code: string }[] = [];
  for (const [log, outcome] of outcomes) {
    if (outcome.kind === "failed") {
      failures.push({ log, code: outcome.code });
      continue;
    }
    const account = outcome.kind === "found" ? outcome.registration.account : undefined;
    const group = groups.find((other) => sameAccount(other.account, account));
    if (group === undefined) groups.push({ account, logs: [log] });
    else group.logs.push(log);
  }
  return { groups: groups.sort((a, b) => b.logs.length - a.logs.length), failures };
}

function sameAccount(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalConstantTime(a, b);
}
