import { decode, encode } from "../../codec/index.ts";
import { equalConstantTime } from "../../safety/index.ts";
import { contentKey, isLabel, type Replica } from "../../vkd/index.ts";
import { ANSWER_BYTES_MAX, QUESTION_BYTES_MAX } from "../ports.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import {
  type Announcement,
  type Answer,
  answerCodec,
  LEAVES_MAX,
  type Question,
  questionCodec,
  ROTATIONS_PER_ANSWER_MAX,
} from "./messages.ts";
import { logOf } from "./exchange.ts";
import { OWN_VERSIONS_MAX } from "./own-label.ts";
import { admitRegistration } from "./publishing.ts";
import type { Log } from "./state.ts";
import { witnessHead } from "./witnessing.ts";

const NOTHING: Answer = { kind: "nothing" };

/** A question from anybody. What makes no sense is not answered. */
export function onQuestion(node: NodeState, id: number, bytes: Uint8Array, turn: Turn): void {
  const question = decode(questionCodec, bytes, QUESTION_BYTES_MAX);
  if (!question.ok) {
    turn.refuse(question.error);
    return;
  }
  const answer = encode(answerCodec, answerTo(node, question.value, turn));
  // A tree that is deep where somebody made it so: the answer that does not fit is none.
  const fits = answer.length <= ANSWER_BYTES_MAX;
  turn.effects.push({ kind: "reply", id, bytes: fits ? answer : encode(answerCodec, NOTHING) });
}

function answerTo(node: NodeState, question: Question, turn: Turn): Answer {
  const log = logOf(node, question);
  // Who was away when the log was convicted asks about it like everybody, and hears why.
  if (log?.evidence !== undefined) return { kind: "conflict", proof: log.evidence };
  switch (question.kind) {
    case "cosign":
      return witnessHead(node, question.head, question.succession, turn);
    case "register":
      return admitRegistration(node, question.registration, question.work, turn);
    case "find":
    case "history":
      return directoryAnswer(node, question);
  }
  if (log === undefined) return NOTHING;
  switch (question.kind) {
    case "chain":
      return chain(log, question.from);
    case "head-at": {
      const head = log.heads.get(question.epoch) ?? log.replica?.head(question.epoch)?.head;
      return head === undefined ? NOTHING : { kind: "head", head };
    }
    case "rotations": {
      const rotations = log.rotations.filter(({ sequence }) => sequence > question.after);
      return { kind: "rotations", rotations: rotations.slice(0, ROTATIONS_PER_ANSWER_MAX) };
    }
    case "leaves":
      return leaves(log, question.from, question.to);
    case "standing":
      return standing(log, question.from, question.indices);
    case "content": {
      const content = node.directories.overlay?.get(contentKey(question.address));
      return content === undefined ? NOTHING : { kind: "content", bytes: content };
    }
  }
}

/** What needs the VRF key: only the directory itself can say it. */
function directoryAnswer(node: NodeState, question: Extract<Question, { kind: "find" | "history" }>): Answer {
  const { registry } = node.directories;
  const { label } = question;
  if (registry === undefined || !isLabel(label) || !equalConstantTime(registry.log, question.log)) return NOTHING;
  // What is decided and has no quorum yet cannot be proven to anybody.
  const decided = node.directories.publishing?.decided?.labels.includes(label) === true ? 1 : 0;
  const latest = registry.latest(label) - decided;
  if (question.kind === "find") {
    const capsule = registry.capsule(label, latest);
    return capsule === undefined ? { kind: "absent", proof: registry.proof(label, 1) } : { kind: "capsule", capsule };
  }
  // Beyond it the proofs of what must not exist are too many for an answer, and cost too much.
  const history = decided === 0 && latest <= OWN_VERSIONS_MAX ? registry.history(label, question.from) : undefined;
  return history === undefined ? NOTHING : { kind: "history", ...history };
}

/** The newest cosigned head of an epoch that the replica holds. */
function served(log: Log): Announcement["head"] | undefined {
  const { newest, replica } = log;
  if (replica === undefined) return undefined;
  if (newest !== undefined && newest.head.head.epoch <= replica.epoch) return newest.head;
  const epochs = [...log.heads.keys()].filter((epoch) => epoch <= replica.epoch).sort((a, b) => b - a);
  for (const epoch of epochs) {
    const head = replica.head(epoch);
    if (head !== undefined) return head;
  }
  return undefined;
}

function successionFrom(replica: Replica, from: number, { head }: Announcement["head"]) {
  return from === 0 || from >= head.epoch ? undefined : replica.succession({ ...head, epoch: from, size: from }, head);
}

function chain(log: Log, from: number): Answer {
  const head = served(log);
  if (head !== undefined && log.replica !== undefined) {
    const succession = successionFrom(log.replica, from, head);
    return { kind: "chain", head, succession, epoch: log.replica.epochProof(head.head.epoch) };
  }
  // A follower without a replica passes on what it accepted: it leads on from the epoch before, and to beginners.
  const { newest } = log;
  const epoch = newest?.head.head.epoch ?? 0;
  const leads =
    newest !== undefined &&
    (from === 0 || from >= epoch || (from === epoch - 1 && newest.succession?.leaf.epoch === epoch));
  return leads ? { kind: "chain", ...newest } : NOTHING;
}

function leaves(log: Log, from: number, to: number): Answer {
  const { replica } = log;
  if (replica === undefined || from < 1 || from > to || to > replica.epoch) return NOTHING;
  const last = Math.min(to, from + LEAVES_MAX - 1);
  return {
    kind: "leaves",
    leaves: Array.from({ length: last - from + 1 }, (_, i) => replica.leaf(from + i)),
    consistency: replica.consistency(last, to),
  };
}

function standing(log: Log, from: number, indices: readonly Uint8Array[]): Answer {
  const head = served(log);
  const { replica } = log;
  if (head === undefined || replica === undefined) return NOTHING;
  const { epoch } = head.head;
  return {
    kind: "standing",
    standing: {
      head,
      succession: successionFrom(replica, from, head),
      epoch: replica.epochProof(epoch),
      tree: replica.tree(epoch, indices),
    },
  };
}
