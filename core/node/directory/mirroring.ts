import { contentAddress, verifyRecord } from "../../record/index.ts";
import { equalConstantTime } from "../../safety/index.ts";
import { type EpochLeaf, verifyConsistency } from "../../tlog/index.ts";
import {
  CHANGES_PER_CHUNK,
  contentKey,
  type Manifest,
  readChunk,
  readManifest,
  type Replica,
  type TreeLeaf,
} from "../../vkd/index.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { askInTurn, fetchRecord, pauseAfter } from "./exchange.ts";
import { writeIndex } from "./publishing.ts";
import { PENDING_MAX } from "./publishing-state.ts";
import { type Log, serversOf } from "./state.ts";

/**
 * A directory takes in PENDING_MAX registrations an epoch. One that publishes more has places that no VRF gave, which
 * could be so close together that a mirror would write for minutes.
 */
const CHUNKS_PER_EPOCH_MAX: number = Math.ceil(PENDING_MAX / CHANGES_PER_CHUNK);

/**
 * Brings a mirror's replica up to the newest accepted head: the leaves of the log that it lacks, checked against that
 * head, then for each epoch its changes by content address, checked against the root in its leaf.
 */
export function tendMirror(node: NodeState, log: Log, turn: Turn): void {
  const { newest, replica } = log;
  // What is missing now comes with a new head, or with a write that is done; both lead here again.
  log.syncAt = undefined;
  if (replica === undefined || newest === undefined || log.syncing || log.invalid || log.evidence !== undefined) return;
  if (node.directories.registry?.replica === replica || node.directories.overlay?.waiting !== 0) return;
  const held = replica.epoch;
  const { head } = newest.head;
  if (held >= head.epoch) return;
  const [next] = log.verified;
  if (next?.epoch === held + 1) {
    log.syncing = true;
    fetchEpoch(node, log, replica, next, turn);
    return;
  }
  log.verified = [];
  if (held + 1 === head.epoch) {
    log.verified = [newest.epoch.leaf];
    tendMirror(node, log, turn);
    return;
  }
  log.syncing = true;
  askInTurn(
    node,
    serversOf(log),
    { kind: "leaves", log: log.bytes, from: held + 1, to: head.epoch },
    turn,
    (answer) => {
      if (answer.kind !== "leaves" || !answer.leaves.every(({ epoch }, i) => epoch === held + 1 + i)) return false;
      const last = answer.leaves.at(-1)?.epoch;
      if (last === undefined || last > head.epoch || replica.epoch !== held) return false;
      const root = replica.rootWith(answer.leaves);
      const leads =
        last === head.epoch
          ? equalConstantTime(root, head.root)
          : verifyConsistency(node.suite, last, head.epoch, root, head.root, answer.consistency);
      if (leads) log.verified = answer.leaves;
      return leads;
    },
    (found, later) => {
      log.syncing = false;
      if (found) tendMirror(node, log, later);
      else log.syncAt = later.now + pauseAfter(node, log, log.attempts++);
    },
  );
}

function fetchEpoch(node: NodeState, log: Log, replica: Replica, leaf: EpochLeaf, turn: Turn): void {
  log.content = [];
  fetchContent(node, log, leaf.changes, turn, (bytes, later) => {
    const manifest = readManifest(bytes);
    const mine = manifest.ok && equalConstantTime(manifest.value.log, log.bytes) && manifest.value.epoch === leaf.epoch;
    if (mine && manifest.value.chunks.length > CHUNKS_PER_EPOCH_MAX) {
      invalid(log, leaf, "vkd/too-many-changes", later);
    } else if (mine) fetchChunks(node, log, replica, leaf, manifest.value, [], later);
    else invalid(log, leaf, "vkd/changes", later);
  });
}

function fetchChunks(
  node: NodeState,
  log: Log,
  replica: Replica,
  leaf: EpochLeaf,
  manifest: Manifest,
  found: readonly TreeLeaf[][],
  turn: Turn,
): void {
  const address = manifest.chunks[found.length];
  if (address === undefined) {
    apply(node, log, replica, leaf, found.flat(), turn);
    return;
  }
  fetchContent(node, log, address, turn, (bytes, later) => {
    const chunk = readChunk(bytes);
    if (chunk.ok) fetchChunks(node, log, replica, leaf, manifest, [...found, [...chunk.value]], later);
    else invalid(log, leaf, "vkd/changes", later);
  });
}

/** What does not verify under its address is nothing: the record store may say what it likes. */
function fetchContent(
  node: NodeState,
  log: Log,
  address: Uint8Array,
  turn: Turn,
  done: (bytes: Uint8Array, turn: Turn) => void,
): void {
  fetchRecord(node, address, turn, (value, later) => {
    const record = value === undefined ? undefined : verifyRecord(node.suite, address, value, later.now);
    if (record?.ok === true && record.value.kind === "content") {
      const { body } = record.value;
      log.content = [...log.content, { key: contentKey(address), value: body }];
      done(body, later);
      return;
    }
    // The record store lost it, or lies: whoever serves the log keeps it too.
    askInTurn(
      node,
      serversOf(log),
      { kind: "content", log: log.bytes, address },
      later,
      (answer, _, heard) => {
        if (answer.kind !== "content") return false;
        if (!equalConstantTime(contentAddress(node.suite, answer.bytes), address)) return false;
        log.content = [...log.content, { key: contentKey(address), value: answer.bytes }];
        done(answer.bytes, heard);
        return true;
      },
      (found, heard) => {
        if (found) return;
        log.syncing = false;
        log.syncAt = heard.now + pauseAfter(node, log, log.attempts++);
      },
    );
  });
}

function apply(
  node: NodeState,
  log: Log,
  replica: Replica,
  leaf: EpochLeaf,
  leaves: readonly TreeLeaf[],
  turn: Turn,
): void {
  log.syncing = false;
  const extended = replica.extend(leaves, leaf.previous, leaf.changes);
  if (!extended.ok || !equalConstantTime(extended.value.leaf.root, leaf.root)) {
    invalid(log, leaf, extended.ok ? "vkd/tree-root" : extended.error, turn);
    return;
  }
  const newest = log.newest?.head;
  const head = newest?.head.epoch === leaf.epoch ? [replica.keepHead(newest)] : [];
  log.verified = log.verified.slice(1);
  log.attempts = 0;
  writeIndex(node, [...extended.value.writes, ...log.content, ...head], turn);
  log.content = [];
}

/** The directory signed a root that its own changes do not give: nothing of that epoch or later is served here. */
function invalid(log: Log, leaf: EpochLeaf, code: string, turn: Turn): void {
  log.syncing = false;
  log.invalid = true;
  turn.event({ kind: "directory.invalid-epoch", log: log.id, epoch: leaf.epoch, code });
}
