import { bytesToHex } from "@noble/hashes/utils.js";
import { decode } from "../../codec/index.ts";
import { type Address, GOSSIP_BYTES_MAX, type Millis } from "../ports.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { condemnIfProven, spread } from "./conviction.ts";
import { DOUBLINGS_MAX, pauseAfter } from "./exchange.ts";
import { consider, follow, freeze, poll } from "./heads.ts";
import { gossipCodec } from "./messages.ts";
import { tendMirror } from "./mirroring.ts";
import { tendOwnLabels } from "./ownership.ts";
import { publishingDue, tendPublishing } from "./publishing.ts";
import type { Log } from "./state.ts";
import { noticeUnwatched } from "./watching.ts";

/** How long a fresh head is sought, in pauses between two questions, before its absence is reported. */
const ASKS_BEFORE_FREEZE = 4;
/** No pause is longer, in pauses between two questions. */
const PAUSES_MAX = 4;
/** Epochs without news after which a follower asks for itself. */
const SILENT_EPOCHS_MAX = 2;

/** A message that a neighbour spread. Nothing is passed on that was not verified, and new. */
export function onGossip(node: NodeState, from: Address, bytes: Uint8Array, turn: Turn): void {
  const decoded = decode(gossipCodec, bytes, GOSSIP_BYTES_MAX);
  if (!decoded.ok) {
    turn.refuse(decoded.error);
    return;
  }
  const message = decoded.value;
  const about =
    message.kind === "head" ? message.head.head.log : message.kind === "rotation" ? message.rotation.log : message.log;
  const log = node.directories.logs.get(bytesToHex(about));
  if (log === undefined || log.evidence !== undefined) return;
  switch (message.kind) {
    case "head":
      consider(node, log, message, from, turn);
      return;
    case "rotation":
      // A directory learns of other witnesses from its operator, at an epoch that it has not signed.
      if (!isOwn(node, log)) follow(node, log, [message.rotation], turn);
      return;
    case "equivocation":
      condemnIfProven(node, log, message.proof, turn);
  }
}

/** Does what is due about directories, and what follows from heads that were adopted in this turn. */
export function tendDirectories(node: NodeState, turn: Turn): void {
  const { advanced, logs } = node.directories;
  tendPublishing(node, turn);
  const { paused } = node.directories;
  const due = paused.filter(({ at }) => at <= turn.now);
  if (due.length > 0) node.directories.paused = paused.filter(({ at }) => at > turn.now);
  for (const { act } of due) act(turn);
  for (const log of logs.values()) {
    if (log.evidence !== undefined) continue;
    if (log.gossipAt <= turn.now) repeat(node, log, turn);
    if (turn.now - heardAt(log) > node.settings.headAgeMsMax) doubt(node, log, turn);
    else log.doubtedUntil = undefined;
    if (advanced.has(log) || node.directories.storedSince || (log.syncAt ?? turn.now + 1) <= turn.now)
      tendMirror(node, log, turn);
    tendOwnLabels(node, log, advanced.has(log), turn);
  }
  advanced.clear();
  node.directories.storedSince = false;
  noticeUnwatched(node, turn);
}

/** Everybody's newest head meets everybody else's, so that two faces do not stay apart. */
function repeat(node: NodeState, log: Log, turn: Turn): void {
  const { headGossipMs } = node.settings;
  const { newest } = log;
  log.gossipAt = turn.now + (newest === undefined ? pauseAfter(node, log, log.polls++) : headGossipMs);
  if (newest !== undefined) spread({ kind: "head", ...newest }, turn);
  const silent = turn.now - heardAt(log) > SILENT_EPOCHS_MAX * log.followed.anchor.epochMs;
  if ((newest === undefined || silent || log.frozen !== undefined) && !isOwn(node, log)) poll(node, log, turn);
}

/** Whoever was away or asleep asks before it cries freeze. */
function doubt(node: NodeState, log: Log, turn: Turn): void {
  if (log.frozen !== undefined) return;
  if (log.doubtedUntil === undefined) {
    log.doubtedUntil = turn.now + ASKS_BEFORE_FREEZE * node.settings.askRetryMs;
    if (!isOwn(node, log)) poll(node, log, turn);
  } else if (turn.now >= log.doubtedUntil) freeze(log, "stalled", turn);
}

/** Whether this node publishes the log. */
function isOwn(node: NodeState, log: Log): boolean {
  return log.replica !== undefined && node.directories.registry?.replica === log.replica;
}

function heardAt(log: Log): Millis {
  return log.newest?.head.head.time ?? log.waitingSince;
}

/** When something is due about directories; infinity for never. */
export function directoriesDue(node: NodeState): Millis {
  const { headAgeMsMax } = node.settings;
  let at = Math.min(publishingDue(node), ...node.directories.paused.map((pause) => pause.at));
  for (const log of node.directories.logs.values()) {
    if (log.evidence !== undefined) continue;
    at = Math.min(at, log.gossipAt, log.syncAt ?? at);
    if (log.frozen === undefined) at = Math.min(at, log.doubtedUntil ?? heardAt(log) + headAgeMsMax + 1);
  }
  for (const own of node.directories.own.values()) {
    const log = node.directories.logs.get(own.log);
    if (log === undefined || log.evidence !== undefined) continue;
    at = Math.min(at, own.retryAt ?? at);
    if (!own.unwatched && own.promised > 0) at = Math.min(at, own.watchedAt + headAgeMsMax + 1);
  }
  return at;
}

/** Nothing waits for longer than it was meant to, even when the clock was set back meanwhile. */
export function boundDirectoryWaits(node: NodeState, now: Millis): void {
  const { askRetryMs, headGossipMs } = node.settings;
  const { logs, own, publishing } = node.directories;
  for (const log of logs.values()) {
    log.gossipAt = Math.min(log.gossipAt, now + headGossipMs);
    log.waitingSince = Math.min(log.waitingSince, now);
    if (log.doubtedUntil !== undefined) {
      log.doubtedUntil = Math.min(log.doubtedUntil, now + ASKS_BEFORE_FREEZE * askRetryMs);
    }
    if (log.syncAt !== undefined) log.syncAt = Math.min(log.syncAt, now + pauseAfter(node, log, DOUBLINGS_MAX));
  }
  node.directories.paused = node.directories.paused.map((pause) => ({
    ...pause,
    at: Math.min(pause.at, now + PAUSES_MAX * askRetryMs),
  }));
  for (const label of own.values()) {
    label.watchedAt = Math.min(label.watchedAt, now);
    const log = logs.get(label.log);
    if (label.retryAt === undefined || log === undefined) continue;
    label.retryAt = Math.min(label.retryAt, now + pauseAfter(node, log, DOUBLINGS_MAX));
  }
  for (const log of logs.values()) {
    if (publishing === undefined || !isOwn(node, log)) continue;
    publishing.epochAt = Math.min(publishing.epochAt, now + log.followed.anchor.epochMs);
    if (publishing.askAt === undefined) continue;
    publishing.askAt = Math.min(publishing.askAt, now + pauseAfter(node, log, DOUBLINGS_MAX));
  }
}
