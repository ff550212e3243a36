import { array, bytes, decode, encode, struct } from "../../codec/index.ts";
import { cardToBytes, type ContactCard } from "../../identity/index.ts";
import { equalConstantTime } from "../../safety/index.ts";
import { SHA256_BYTES } from "../../suite/index.ts";
import { headHash, NO_HEAD } from "../../tlog/index.ts";
import {
  isLabel,
  register,
  registrationBytes,
  registrationHash,
  type Transfer,
  transferCodec,
  transferTo,
  TRANSFERS_MAX,
  work,
} from "../../vkd/index.ts";
import type { CommandCode } from "../events.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { ask, pauseAfter } from "./exchange.ts";
import type { Answer, Work } from "./messages.ts";
import {
  deleteOwnLabel,
  newOwnLabel,
  OWN_LABELS_MAX,
  OWN_VERSIONS_MAX,
  type OwnLabel,
  ownKey,
  saveOwnLabel,
} from "./own-label.ts";
import type { Log } from "./state.ts";
import { readHistory, watch } from "./watching.ts";

/** What a new owner needs: the log, and how the label came to it. */
const claimCodec = struct({ log: bytes(SHA256_BYTES), lineage: array(transferCodec, TRANSFERS_MAX) });
const CLAIM_BYTES_MAX = 1_024;

/** Registers the label, or a new version of it with the present card, in every log that is followed. */
export function registerLabel(node: NodeState, label: string, card: ContactCard, turn: Turn): CommandCode | undefined {
  if (!isLabel(label)) return "command/label-invalid";
  const logs = believed(node);
  if (logs.length === 0) return "command/no-directory";
  const { own } = node.directories;
  const mine = logs.map((log) => own.get(ownKey(log.id, label)));
  if (mine.some((entry) => entry !== undefined && isUnderWay(entry))) return "command/busy";
  if (own.size + mine.filter((entry) => entry === undefined).length > OWN_LABELS_MAX) return "command/busy";
  if (mine.some((entry) => entry !== undefined && entry.made.length >= OWN_VERSIONS_MAX)) return "command/busy";
  for (const [i, log] of logs.entries()) {
    const before = mine[i]?.registration;
    make(node, log, label, (before?.version ?? 0) + 1, before?.lineage ?? [], card, turn);
  }
  return undefined;
}

/** Signs the label over to another account, which has to claim it. */
export function releaseLabel(node: NodeState, label: string, to: Uint8Array, turn: Turn): CommandCode | undefined {
  const entries = believed(node).flatMap((log) => node.directories.own.get(ownKey(log.id, label)) ?? []);
  if (entries.length === 0) return "command/label-unknown";
  const isSettled = entries.every((own) => !isUnderWay(own) && own.registration.lineage.length < TRANSFERS_MAX);
  if (to.length !== 32 || !isSettled) return "command/transfer-invalid";
  for (const own of entries) {
    const { log, registration } = own;
    const { lineage, version } = registration;
    const { account } = node.profile;
    const transfer = transferTo(node.suite, account, registration.log, label, version + 1, to);
    const bytes = encode(claimCodec, { log: registration.log, lineage: [...lineage, transfer] });
    own.heir = to.slice();
    saveOwnLabel(node.store, own);
    turn.event({ kind: "label.released", log, label, transfer: bytes });
  }
  return undefined;
}

/** Registers the version that another account handed over. */
export function claimLabel(
  node: NodeState,
  label: string,
  transfer: Uint8Array,
  card: ContactCard,
  turn: Turn,
): CommandCode | undefined {
  if (!isLabel(label)) return "command/label-invalid";
  const claim = decode(claimCodec, transfer, CLAIM_BYTES_MAX);
  if (!claim.ok) return "command/transfer-invalid";
  const { lineage, log: id } = claim.value;
  const log = believed(node).find((candidate) => equalConstantTime(candidate.bytes, id));
  const last = lineage.at(-1);
  if (log === undefined) return "command/no-directory";
  const mine = last !== undefined && equalConstantTime(last.account, node.profile.account.publicKey);
  if (!mine || node.directories.own.has(ownKey(log.id, label))) return "command/transfer-invalid";
  if (node.directories.own.size >= OWN_LABELS_MAX) return "command/busy";
  make(node, log, label, last.version, lineage, card, turn);
  return undefined;
}

/** What becomes due for the own labels of a log: all of them once it has a new head, else those whose time has come. */
export function tendOwnLabels(node: NodeState, log: Log, advanced: boolean, turn: Turn): void {
  const epoch = log.newest?.head.head.epoch ?? 0;
  for (const own of node.directories.own.values()) {
    if (own.log !== log.id || own.busy) continue;
    if (!advanced && (own.retryAt ?? turn.now + 1) > turn.now) continue;
    own.retryAt = undefined;
    if (own.promised === 0) send(node, log, own, undefined, turn);
    else if (epoch > own.promised && (own.seen < own.registration.version || own.watched === undefined)) {
      readHistory(node, log, own, turn);
    } else if (own.watched !== undefined) watch(node, log, own, turn);
  }
}

function believed(node: NodeState): Log[] {
  return [...node.directories.logs.values()].filter((log) => log.evidence === undefined);
}

/** Not yet seen in the tree. */
function isUnderWay(own: OwnLabel): boolean {
  return own.seen < own.registration.version;
}

function make(
  node: NodeState,
  log: Log,
  label: string,
  version: number,
  lineage: readonly Transfer[],
  card: ContactCard,
  turn: Turn,
): void {
  const { suite } = node;
  const registration = register(suite, node.profile.account, {
    log: log.bytes,
    label,
    version,
    card: cardToBytes(card),
    lineage,
    issued: turn.now,
  });
  const digest = suite.sha256(registrationBytes(registration));
  const key = ownKey(log.id, label);
  const known = node.directories.own.get(key);
  const own = known ?? newOwnLabel(log.id, digest, registration, turn.now);
  if (known !== undefined) {
    known.made = [...known.made, digest];
    known.registration = registration;
    known.promised = 0;
    known.watched = undefined;
    known.heir = undefined;
  }
  node.directories.own.set(key, own);
  saveOwnLabel(node.store, own);
  send(node, log, own, undefined, turn);
}

/** Sends the registration, at first without work: the directory says how much it wants. */
function send(node: NodeState, log: Log, own: OwnLabel, done: Work | undefined, turn: Turn): void {
  const { registration } = own;
  own.busy = true;
  own.retryAt = undefined;
  ask(node, log.followed.directory, { kind: "register", registration, work: done }, turn, (answer, later) => {
    own.busy = false;
    if (own.registration !== registration) return;
    switch (answer.kind) {
      case "accepted":
        own.attempts = 0;
        own.promised = Math.max(1, answer.epoch);
        own.watchedAt = later.now;
        saveOwnLabel(node.store, own);
        return;
      case "work": {
        const nonce = done === undefined ? labour(node, log, own, answer) : undefined;
        if (nonce === undefined) retry(node, log, own, later);
        else send(node, log, own, { epoch: answer.epoch, nonce }, later);
        return;
      }
      case "refused":
        // A full queue is no judgement.
        if (answer.code === "directory/busy") retry(node, log, own, later);
        else refused(node, own, answer.code, later);
        return;
      default:
        retry(node, log, own, later);
    }
  });
}

/** Later and later: a directory that never accepts does not keep this node at work. */
function retry(node: NodeState, log: Log, own: OwnLabel, turn: Turn): void {
  own.retryAt = turn.now + pauseAfter(node, log, own.attempts++);
}

function labour(
  node: NodeState,
  log: Log,
  own: OwnLabel,
  { difficulty, epoch }: Extract<Answer, { kind: "work" }>,
): Uint8Array | undefined {
  const head = log.heads.get(epoch);
  const challenge = head === undefined ? NO_HEAD : headHash(node.suite, head);
  if (head === undefined && epoch !== 0) return undefined;
  return work(node.suite, challenge, registrationHash(node.suite, own.registration), difficulty, node.random.bytes(8));
}

function refused(node: NodeState, own: OwnLabel, code: string, turn: Turn): void {
  turn.event({ kind: "label.refused", log: own.log, label: own.label, code });
  // What was refused for good is forgotten; a version that stands already stays watched.
  if (own.held === undefined) {
    node.directories.own.delete(ownKey(own.log, own.label));
    deleteOwnLabel(node.store, own);
    return;
  }
  own.made = own.made.slice(0, own.seen - own.firstVersion + 1);
  own.registration = own.held;
  own.promised = 1;
  own.retryAt = turn.now;
  saveOwnLabel(node.store, own);
}
