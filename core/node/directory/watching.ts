import { accountId } from "../../identity/index.ts";
import { assert, equalConstantTime } from "../../safety/index.ts";
import {
  futureVersions,
  openedLeaf,
  type Opening,
  registrationBytes,
  verifyHistory,
  verifyWatch,
  watchIndices,
} from "../../vkd/index.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { ask, askInTurn, pauseAfter } from "./exchange.ts";
import { consider, viewOf } from "./heads.ts";
import { deleteOwnLabel, OWN_VERSIONS_MAX, type OwnLabel, ownKey, saveOwnLabel } from "./own-label.ts";
import { resolveIn } from "./resolve.ts";
import { type Log, serversOf } from "./state.ts";

const NOTHING = new Uint8Array(0);
/** How often a version may be an heir's without a history that shows it. */
const UNEXPLAINED_MAX = 3;

/** Reports, once, that nobody proves any more what stands under an own label. */
export function noticeUnwatched(node: NodeState, turn: Turn): void {
  for (const own of node.directories.own.values()) {
    if (!node.directories.logs.has(own.log)) continue;
    if (own.unwatched || own.promised === 0 || turn.now - own.watchedAt <= node.settings.headAgeMsMax) continue;
    own.unwatched = true;
    turn.event({ kind: "label.unwatched", log: own.log, label: own.label });
  }
}

/** Asks the directory once for what only it can compute, and then a server for the tree: the whole history verifies. */
export function readHistory(node: NodeState, log: Log, own: OwnLabel, turn: Turn): void {
  const { anchor, directory } = log.followed;
  own.busy = true;
  own.retryAt = undefined;
  const { label } = own;
  ask(node, directory, { kind: "history", log: log.bytes, label, from: 1 }, turn, (answer, later) => {
    const contents = answer.kind === "history" ? answer : undefined;
    const latest = contents?.openings.at(-1)?.version;
    const future = latest === undefined || latest > OWN_VERSIONS_MAX ? [] : futureVersions(latest);
    const versions = contents?.openings.map(({ proof, version }) => ({ version, proof })) ?? [];
    const beyond = future.map((version, i) => ({ version, proof: contents?.absent[i] ?? NOTHING }));
    const places = watchIndices(node.suite, anchor, label, [...versions, ...beyond]);
    if (contents === undefined || future.length === 0 || !places.ok) {
      own.busy = false;
      own.retryAt = later.now + pauseAfter(node, log, own.attempts++);
      if (contents === undefined) seekWord(node, log, own, later);
      return;
    }
    const indices = places.value.map(({ index }) => index);
    const from = log.newest?.head.head.epoch ?? 0;
    askInTurn(
      node,
      serversOf(log),
      { kind: "standing", log: log.bytes, from, indices },
      later,
      (stands, server, heard) => {
        if (stands.kind !== "standing") return false;
        const { standing } = stands;
        const proof = { standing, first: undefined, openings: contents.openings, absent: contents.absent };
        const verified = verifyHistory(node.suite, viewOf(node, log, heard.now), label, 1, proof);
        consider(node, log, standing, server, heard);
        if (!verified.ok) {
          heard.refuse(verified.error);
          // A directory that shows an old history of versions that this device made itself has shown no foreign one.
          const current = own.heir === undefined && (latest ?? 0) >= own.registration.version;
          const foreign = verified.error === "vkd/not-latest" && current;
          if (foreign) alarm(own, "vkd/foreign-version", heard);
          return foreign;
        }
        compare(node, log, own, contents.openings, indices, heard);
        return true;
      },
      (_, heard) => {
        own.busy = false;
        if (own.watched === undefined) own.retryAt = heard.now + pauseAfter(node, log, own.attempts++);
      },
    );
  });
}

/** Holds what the directory published against what this device made. */
function compare(
  node: NodeState,
  log: Log,
  own: OwnLabel,
  openings: readonly Opening[],
  indices: readonly Uint8Array[],
  turn: Turn,
): void {
  const latest = openings.at(-1)?.version ?? 0;
  const next = openings.find(({ version }) => version === own.registration.version + 1)?.registration;
  if (own.heir !== undefined && next !== undefined && equalConstantTime(next.account, own.heir)) {
    node.directories.own.delete(ownKey(own.log, own.label));
    deleteOwnLabel(node.store, own);
    turn.event({ kind: "label.passed", log: own.log, label: own.label, to: accountId(own.heir) });
    return;
  }
  const foreign = openings.some(({ registration, version }) => {
    const made = own.made[version - own.firstVersion];
    if (version < own.firstVersion) return false;
    return made === undefined || !equalConstantTime(made, node.suite.sha256(registrationBytes(registration)));
  });
  if (foreign) {
    alarm(own, "vkd/foreign-version", turn);
    return;
  }
  if (latest < own.registration.version) {
    missing(log, own, turn);
    return;
  }
  own.watched = {
    present: openings.map((opening, i) => openedLeaf(node.suite, indices[i] as Uint8Array, opening)),
    absent: indices.slice(openings.length),
  };
  own.watchedAt = turn.now;
  own.attempts = 0;
  own.unwatched = false;
  own.unexplained = 0;
  if (own.seen === latest) return;
  own.seen = latest;
  own.held = own.registration;
  saveOwnLabel(node.store, own);
  const epoch = log.newest?.head.head.epoch ?? 0;
  turn.event({ kind: "label.registered", log: own.log, label: own.label, version: latest, epoch });
}

/** The directory promised the registration for an epoch that has long passed, and proved that it is not there. */
function missing(log: Log, own: OwnLabel, turn: Turn): void {
  const epoch = log.newest?.head.head.epoch ?? 0;
  if (epoch >= own.promised + 2 && own.seen < own.registration.version) alarm(own, "vkd/not-included", turn);
}

/** No history came. Silence proves nothing; a proof that the label is absent, or somebody else's, does. */
function seekWord(node: NodeState, log: Log, own: OwnLabel, turn: Turn): void {
  const epoch = log.newest?.head.head.epoch ?? 0;
  if (own.seen > 0 || epoch < own.promised + 2) return;
  own.busy = true;
  resolveIn(node, log, own.label, turn, (outcome, later) => {
    own.busy = false;
    own.retryAt = later.now + pauseAfter(node, log, own.attempts++);
    const stranger =
      outcome.kind === "found" && !equalConstantTime(outcome.registration.account, own.registration.account);
    if (outcome.kind === "absent") missing(log, own, later);
    if (stranger) alarm(own, "vkd/foreign-version", later);
  });
}

function alarm(own: OwnLabel, code: string, turn: Turn): void {
  if (own.alarmed) return;
  own.alarmed = true;
  turn.event({ kind: "label.alarm", log: own.log, label: own.label, code });
}

/** Asks whoever serves the log whether its newest epoch still holds what this device made, and nothing else. */
export function watch(node: NodeState, log: Log, own: OwnLabel, turn: Turn): void {
  const { watched } = own;
  assert(watched !== undefined, "nothing to watch yet");
  own.busy = true;
  own.retryAt = undefined;
  const indices = [...watched.present.map(({ index }) => index), ...watched.absent];
  askInTurn(
    node,
    serversOf(log),
    { kind: "standing", log: log.bytes, from: log.newest?.head.head.epoch ?? 0, indices },
    turn,
    (answer, server, later) => {
      if (answer.kind !== "standing") return false;
      // Meanwhile a further version may have been registered: what was asked for is no longer what is expected.
      if (own.watched !== watched) return true;
      const verified = verifyWatch(node.suite, viewOf(node, log, later.now), watched, answer.standing);
      consider(node, log, answer.standing, server, later);
      if (verified.ok) {
        own.watchedAt = later.now;
        own.attempts = 0;
        own.unwatched = false;
        return true;
      }
      later.refuse(verified.error);
      if (verified.error === "vkd/foreign-version" && own.heir !== undefined) {
        // Perhaps its heir claimed it: the whole history shows whose the version is, unless it is withheld.
        own.watched = undefined;
        own.unexplained++;
        if (own.unexplained > UNEXPLAINED_MAX) alarm(own, verified.error, later);
        return true;
      }
      const found = ["vkd/foreign-version", "vkd/not-included", "vkd/commitment"].includes(verified.error);
      if (found) alarm(own, verified.error, later);
      return found;
    },
    (answered, later) => {
      own.busy = false;
      if (!answered || own.watched === undefined) own.retryAt = later.now + pauseAfter(node, log, own.attempts++);
    },
  );
}
