import { bytesToHex } from "@noble/hashes/utils.js";
import { PUZZLE_DIFFICULTY_MAX } from "../../handshake/index.ts";
import { combine, type Rotation, termAt, verifyPart, WITNESSES_MAX, witnessSetId } from "../../quorum/index.ts";
import { contentRecord, RECORD_LIFE_MS_MAX, sequenceAt } from "../../record/index.ts";
import { assert, equalConstantTime } from "../../safety/index.ts";
import { BLS_PUBLIC_BYTES } from "../../suite/index.ts";
import { headHash, NO_HEAD, type SignedHead } from "../../tlog/index.ts";
import {
  type IndexWrite,
  type Content,
  isWorked,
  type Registration,
  registrationBytes,
  registrationHash,
  type Registry,
} from "../../vkd/index.ts";
import type { CommandCode } from "../events.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { ask, pauseAfter } from "./exchange.ts";
import { condemnIfProven } from "./conviction.ts";
import { adopt, follow, isSound } from "./heads.ts";
import type { Answer, Question, Work } from "./messages.ts";
import { PENDING_MAX, type Publishing, deletePending, savePending, savePublishing } from "./publishing-state.ts";
import type { WitnessAddress } from "./roles.ts";
import { rolesSuspended } from "./suspension.ts";
import type { Log } from "./state.ts";

/**
 * How long storage peers are asked to keep what a directory publishes: less than they would, by as much as clocks may
 * differ. Whoever comes later asks those who serve the log.
 */
const CONTENT_LIFE_MS: number = RECORD_LIFE_MS_MAX - 86_400_000;
/** Argon2id over this many KiB (a power of two) costs about as much as the least work that is demanded. */
const FREE_STRETCH_BITS = 12;
/** Registrations in the queue for each further bit of work. */
const PENDING_PER_BIT = 32;
/** Capsules stored again in one epoch, so that none expires: of so many labels at least, however short an epoch is. */
const CAPSULES_AGAIN_MAX = 512;
/** Of these, after a start. */
const CAPSULES_AT_START = 64;

interface Desk {
  readonly publishing: Publishing;
  readonly registry: Registry;
  readonly log: Log;
}

/** The parts of the directory role; undefined where this node has none. */
function deskOf(node: NodeState): Desk | undefined {
  const { logs, publishing, registry } = node.directories;
  const log = registry === undefined ? undefined : logs.get(bytesToHex(registry.log));
  return publishing === undefined || registry === undefined || log === undefined || rolesSuspended(node)
    ? undefined
    : { publishing, registry, log };
}

/** Makes writes of the index durable before any later effect of the turn. */
export function writeIndex(node: NodeState, writes: readonly IndexWrite[], turn: Turn): void {
  const { directories } = node;
  if (writes.length === 0) return;
  const sequence = directories.nextStore++;
  directories.overlay?.add(sequence, writes);
  turn.effects.push({ kind: "store", sequence, writes });
}

/** When the directory has something to do next. */
export function publishingDue(node: NodeState): number {
  const desk = deskOf(node);
  if (desk === undefined || desk.log.evidence !== undefined) return Number.POSITIVE_INFINITY;
  const { askAt, decided, epochAt } = desk.publishing;
  if (decided !== undefined) return askAt ?? Number.POSITIVE_INFINITY;
  // What the index still has to write comes first, and says when it is done.
  return node.directories.overlay?.waiting === 0 ? epochAt : Number.POSITIVE_INFINITY;
}

/** Decides the next epoch when it is time, and asks the witnesses again that have not answered. */
export function tendPublishing(node: NodeState, turn: Turn): void {
  const desk = deskOf(node);
  if (desk === undefined || desk.log.evidence !== undefined) return;
  const { publishing, registry } = desk;
  if (publishing.decided !== undefined) {
    if (registry.replica.epoch < publishing.decided.head.epoch) decideAgain(node, desk, turn);
    else if (publishing.isReopened) storeContent(node, registry.content(publishing.decided.head.epoch), turn);
    publishing.isReopened = false;
    if (publishing.askAt === undefined || publishing.askAt <= turn.now) askWitnesses(node, desk, turn);
  } else if (publishing.epochAt <= turn.now && node.directories.overlay?.waiting === 0) {
    decide(node, desk, turn);
  }
}

function decide(node: NodeState, desk: Desk, turn: Turn): void {
  const { log, publishing, registry } = desk;
  const term = termAt(log.terms, registry.replica.epoch + 1);
  assert(term !== undefined, "some witness set is in force in every epoch");
  const registrations = prepared(node, desk, [...publishing.pending.values()], turn);
  const { last } = publishing;
  const stand = {
    previous: last,
    time: Math.max(turn.now, last?.time ?? 0),
    witnesses: witnessSetId(node.suite, term.set),
  };
  const decision = registry.decide(registrations, stand);
  // Durable before anybody sees it: after a crash the same head is signed again, never another.
  publishing.decided = { head: decision.head, labels: registrations.map(({ label }) => label) };
  // If somebody holds another head of this epoch, this directory is the first who should know.
  if (!isSound(node, log, decision.head, turn)) return;
  publishing.parts.clear();
  publishing.asked.clear();
  publishing.rounds = 0;
  savePublishing(node.store, publishing);
  writeIndex(node, decision.writes, turn);
  storeContent(node, decision.content, turn);
  askWitnesses(node, desk, turn);
}

/** Into the record store; who finds nothing there asks whoever serves the log. */
function storeContent(node: NodeState, content: readonly Content[], turn: Turn): void {
  for (const { bytes } of content) {
    const record = contentRecord(node.suite, bytes);
    turn.effects.push({ kind: "put-record", ...record, expires: turn.now + CONTENT_LIFE_MS });
  }
}

/** What was admitted was prepared, unless a crash came between: then it is prepared now. */
function prepared(
  node: NodeState,
  { registry }: Desk,
  registrations: readonly Registration[],
  turn: Turn,
): readonly Registration[] {
  for (const { label, version } of registrations) writeIndex(node, registry.prepare(label, version), turn);
  return registrations;
}

/** After a crash between the decision and the index: the same epoch from the same registrations. */
function decideAgain(node: NodeState, desk: Desk, turn: Turn): void {
  const { publishing, registry } = desk;
  const { decided, last } = publishing;
  assert(decided !== undefined, "nothing was decided");
  const pending = decided.labels.flatMap((label) => publishing.pending.get(label) ?? []);
  const registrations = prepared(node, desk, pending, turn);
  const { time, witnesses } = decided.head;
  const decision = registry.decide(registrations, { previous: last, time, witnesses });
  assert(
    equalConstantTime(headHash(node.suite, decision.head), headHash(node.suite, decided.head)),
    "an epoch that is made again is the same",
  );
  writeIndex(node, decision.writes, turn);
  storeContent(node, decision.content, turn);
}

function askWitnesses(node: NodeState, desk: Desk, turn: Turn): void {
  const { publishing } = desk;
  publishing.askAt = turn.now + pauseAfter(node, desk.log, publishing.rounds++);
  for (const witness of publishing.witnesses) {
    if (!publishing.asked.has(bytesToHex(witness.key))) askWitness(node, desk, witness, publishing.last, turn);
  }
}

/** `from`: the head that the witness has signed last, as far as is known. */
function askWitness(
  node: NodeState,
  desk: Desk,
  witness: WitnessAddress,
  from: SignedHead | undefined,
  turn: Turn,
  isFirst: boolean = true,
): void {
  const { publishing, registry } = desk;
  const head = publishing.decided?.head;
  if (head === undefined || publishing.decided === undefined) return;
  const set = termAt(desk.log.terms, head.epoch)?.set;
  const place = set?.members.findIndex(({ key }) => equalConstantTime(key, witness.key)) ?? -1;
  if (place < 0 || publishing.parts.has(place)) return;
  const name = bytesToHex(witness.key);
  publishing.asked.add(name);
  const succession = from === undefined ? undefined : registry.replica.succession(from, head);
  const question: Question = { kind: "cosign", head, succession };
  ask(node, witness.address, question, turn, (answer, later) => {
    publishing.asked.delete(name);
    if (publishing.decided?.head !== head) return;
    heardWitness(node, desk, witness, place, from, answer, isFirst, later);
  });
}

function heardWitness(
  node: NodeState,
  desk: Desk,
  witness: WitnessAddress,
  place: number,
  from: SignedHead | undefined,
  answer: Answer,
  isFirst: boolean,
  turn: Turn,
): void {
  const { log, publishing } = desk;
  const head = publishing.decided?.head;
  const set = head === undefined ? undefined : termAt(log.terms, head.epoch)?.set;
  const member = set?.members[place];
  if (head === undefined || set === undefined || member === undefined) return;
  switch (answer.kind) {
    case "cosigned":
      if (!verifyPart(node.suite, member, headHash(node.suite, head), answer.signature)) {
        turn.refuse("directory/cosignature");
        return;
      }
      publishing.parts.set(place, answer.signature);
      if (publishing.parts.size >= set.threshold) publish(node, desk, turn);
      return;
    case "behind": {
      // The witness was away: it is shown the way from the head that it signed last, which must be one of this log.
      const known = answer.head;
      const same = known?.epoch === from?.epoch;
      const leads = !same && (known === undefined || known.epoch < head.epoch);
      // Once in a round: who changes its mind about what it signed is asked again later.
      if (leads && isFirst) askWitness(node, desk, witness, known, turn, false);
      return;
    }
    case "conflict":
      // This directory was restored from an old state, or somebody else has its key.
      condemnIfProven(node, log, answer.proof, turn);
      return;
  }
}

function publish(node: NodeState, desk: Desk, turn: Turn): void {
  const { log, publishing, registry } = desk;
  const { decided, last } = publishing;
  assert(decided !== undefined, "nothing was decided");
  const { head, labels } = decided;
  const set = termAt(log.terms, head.epoch)?.set;
  const cosignature = set === undefined ? undefined : combine(node.suite, set, publishing.parts);
  assert(cosignature !== undefined, "verified parts of a quorum combine");
  const cosigned = { head, cosignature };
  publishing.decided = undefined;
  publishing.last = head;
  publishing.parts.clear();
  publishing.askAt = undefined;
  publishing.epochAt = Math.max(turn.now, head.time + log.followed.anchor.epochMs);
  for (const label of labels) {
    publishing.pending.delete(label);
    deletePending(node.store, label);
  }
  savePublishing(node.store, publishing);
  writeIndex(node, [registry.replica.keepHead(cosigned)], turn);
  const succession = last === undefined ? undefined : registry.replica.succession(last, head);
  adopt(node, log, { head: cosigned, succession, epoch: registry.replica.epochProof(head.epoch) }, turn);
  storeCapsules(node, desk, labels, turn);
  turn.event({ kind: "directory.published", log: log.id, epoch: head.epoch, changes: labels.length });
}

/** Capsules of what changed, and some of the others: all of them soon after a start, then as their time comes. */
function storeCapsules(
  node: NodeState,
  { log, publishing, registry }: Desk,
  changed: readonly string[],
  turn: Turn,
): void {
  const count = registry.labels;
  const epochs = CONTENT_LIFE_MS / 2 / log.followed.anchor.epochMs;
  const wanted = Math.max(publishing.capsulesLeft > 0 ? CAPSULES_AT_START : 0, Math.ceil(count / epochs));
  const length = Math.min(CAPSULES_AGAIN_MAX, wanted, count);
  publishing.capsulesLeft = Math.max(0, publishing.capsulesLeft - length);
  const again = Array.from({ length }, () => {
    const label = registry.labelAt(publishing.nextCapsule % count);
    publishing.nextCapsule = (publishing.nextCapsule + 1) % count;
    return label;
  });
  const expires = turn.now + CONTENT_LIFE_MS;
  const stamp = { sequence: sequenceAt(turn.now, publishing.last?.time ?? 0), expires };
  for (const label of new Set([...changed, ...again])) {
    const sealed = label === undefined ? undefined : registry.sealedCapsule(node.random, label, stamp);
    if (sealed !== undefined) turn.effects.push({ kind: "put-record", ...sealed, expires });
  }
}

/** A registration that somebody sent: first the work, then the judgement, then the slow part; durable before the promise. */
export function admitRegistration(
  node: NodeState,
  registration: Registration,
  work: Work | undefined,
  turn: Turn,
): Answer {
  const desk = deskOf(node);
  if (desk === undefined || desk.log.evidence !== undefined) return { kind: "nothing" };
  const { publishing, registry } = desk;
  const { label, version } = registration;
  if (!equalConstantTime(registration.log, registry.log)) return { kind: "nothing" };
  const { epoch } = registry.replica;
  const waiting = publishing.pending.get(label);
  const known = waiting ?? registry.registration(label, version);
  if (known !== undefined && equalConstantTime(registrationBytes(known), registrationBytes(registration))) {
    return { kind: "accepted", epoch: Math.max(0, epoch - (waiting === undefined ? 1 : 0)) };
  }
  const published = publishing.last?.epoch ?? 0;
  const difficulty = difficultyOf(node, publishing.pending.size);
  if (!isPaid(node, desk, registration, work, difficulty)) return { kind: "work", epoch: published, difficulty };
  if (publishing.pending.size >= PENDING_MAX) return { kind: "refused", code: "directory/busy" };
  if (waiting !== undefined) return { kind: "refused", code: "directory/label-taken" };
  const judged = registry.judge(registration);
  if (!judged.ok) return { kind: "refused", code: judged.error };
  writeIndex(node, registry.prepare(label, version), turn);
  publishing.pending.set(label, registration);
  savePending(node.store, registration);
  return { kind: "accepted", epoch };
}

/** As the queue fills, each further registration costs its sender more; whoever has few to make hardly notices. */
function difficultyOf(node: NodeState, pending: number): number {
  const more = Math.floor(Math.log2(1 + pending / PENDING_PER_BIT));
  // Stretching a new label is what a registration costs the directory: its sender does about as much work first.
  const { memoryKiB, passes } = node.directories.roles.directory?.anchor.cost ?? { memoryKiB: 1, passes: 1 };
  const stretching = Math.max(0, Math.floor(Math.log2(memoryKiB * passes)) - FREE_STRETCH_BITS);
  return Math.min(PUZZLE_DIFFICULTY_MAX, node.settings.registrationDifficulty + stretching + more);
}

/** Work over one of the two newest heads: none is done in advance. What was demanded a moment ago still counts. */
function isPaid(
  node: NodeState,
  { log, publishing }: Desk,
  registration: Registration,
  work: Work | undefined,
  difficulty: number,
): boolean {
  const published = publishing.last?.epoch ?? 0;
  if (work === undefined || work.epoch > published || work.epoch < published - 1) return false;
  const head = log.heads.get(work.epoch);
  if (head === undefined && work.epoch !== 0) return false;
  const challenge = head === undefined ? NO_HEAD : headHash(node.suite, head);
  return isWorked(node.suite, challenge, registrationHash(node.suite, registration), work.nonce, difficulty - 1);
}

/** The operator brings a hand-over that the old witnesses signed. */
export function adoptRotation(
  node: NodeState,
  rotation: Rotation,
  witnesses: readonly WitnessAddress[],
  turn: Turn,
): CommandCode | undefined {
  const desk = deskOf(node);
  if (desk === undefined) return "command/no-directory";
  // An epoch that is signed already names the old set.
  const next = desk.publishing.decided?.head.epoch ?? desk.registry.replica.epoch;
  const timely = rotation.fromEpoch > next;
  const reachable = witnesses.every(({ address, key }) => address.length <= 64 && key.length === BLS_PUBLIC_BYTES);
  if (!timely || !reachable || witnesses.length > WITNESSES_MAX || !follow(node, desk.log, [rotation], turn))
    return "command/rotation-invalid";
  const known = desk.publishing.witnesses.filter(
    ({ key }) => !witnesses.some((one) => equalConstantTime(one.key, key)),
  );
  desk.publishing.witnesses = [...witnesses, ...known].slice(0, WITNESSES_MAX);
  savePublishing(node.store, desk.publishing);
  return undefined;
}
