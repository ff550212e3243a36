import { bytesToHex } from "@noble/hashes/utils.js";
import { decode, encode } from "../../codec/index.ts";
import type { NodeState } from "../state.ts";
import { type Address, ANSWER_BYTES_MAX, type Millis } from "../ports.ts";
import type { Turn } from "../turn.ts";
import { condemnIfProven } from "./conviction.ts";
import { type Answer, answerCodec, type Question, questionCodec } from "./messages.ts";
import { ASKS_MAX, type Log } from "./state.ts";

/** No answer, and an answer that makes no sense, come to the same. */
const NOTHING: Answer = { kind: "nothing" };

/** Asks one node; `done` is called once, in a later turn, or at once when too much is under way. */
export function ask(
  node: NodeState,
  to: Address,
  question: Question,
  turn: Turn,
  done: (answer: Answer, turn: Turn) => void,
): void {
  const request = begin(node, turn, (bytes, later) => {
    const answer = readAnswer(bytes);
    // Whatever was asked about a log: evidence against it comes first.
    const log = answer.kind === "conflict" ? logOf(node, question) : undefined;
    if (answer.kind === "conflict" && log !== undefined) condemnIfProven(node, log, answer.proof, later);
    done(answer, later);
  });
  if (request !== undefined) turn.effects.push({ kind: "ask", request, to, bytes: encode(questionCodec, question) });
}

/** The followed log that a question is about. */
export function logOf(node: NodeState, question: Question): Log | undefined {
  const id =
    question.kind === "register"
      ? question.registration.log
      : question.kind === "cosign"
        ? question.head.log
        : question.log;
  return node.directories.logs.get(bytesToHex(id));
}

/** Doublings of the pause between two attempts. */
export const DOUBLINGS_MAX = 8;

/** The pause after so many attempts in a row that came to nothing: longer and longer, and never longer than an epoch. */
export function pauseAfter(node: NodeState, log: Log, attempts: number): Millis {
  const { askRetryMs } = node.settings;
  return Math.min(
    askRetryMs * 2 ** Math.min(attempts, DOUBLINGS_MAX),
    Math.max(askRetryMs, log.followed.anchor.epochMs),
  );
}

/** Does something after a pause; false where too much waits already, and it will never be done. */
export function afterPause(node: NodeState, ms: number, turn: Turn, act: (turn: Turn) => void): boolean {
  const { directories } = node;
  if (directories.paused.length >= ASKS_MAX) return false;
  directories.paused = [...directories.paused, { at: turn.now + ms, act }];
  return true;
}

/** Asks the record store; `done` as in {@link ask}. */
export function fetchRecord(
  node: NodeState,
  address: Uint8Array,
  turn: Turn,
  done: (value: Uint8Array | undefined, turn: Turn) => void,
): void {
  const request = begin(node, turn, done);
  if (request !== undefined) turn.effects.push({ kind: "get-record", request, address });
}

function begin(
  node: NodeState,
  turn: Turn,
  done: (bytes: Uint8Array | undefined, turn: Turn) => void,
): number | undefined {
  const { asks } = node.directories;
  if (asks.size >= ASKS_MAX) {
    done(undefined, turn);
    return undefined;
  }
  const request = node.nextRequest++;
  asks.set(request, done);
  return request;
}

/** An answer or a record that came, or did not; false when it was not asked for here. */
export function settle(node: NodeState, request: number, bytes: Uint8Array | undefined, turn: Turn): boolean {
  const done = node.directories.asks.get(request);
  node.directories.asks.delete(request);
  done?.(bytes, turn);
  return done !== undefined;
}

function readAnswer(bytes: Uint8Array | undefined): Answer {
  const decoded = bytes === undefined ? undefined : decode(answerCodec, bytes, ANSWER_BYTES_MAX);
  return decoded?.ok === true ? decoded.value : NOTHING;
}

/** Asks one after the other until `accept` is content with an answer; then, or when nobody is left, calls `done`. */
export function askInTurn(
  node: NodeState,
  targets: readonly Address[],
  question: Question,
  turn: Turn,
  accept: (answer: Answer, from: Address, turn: Turn) => boolean,
  done: (accepted: boolean, turn: Turn) => void,
): void {
  const own = node.profile.addresses;
  const [target, ...others] = targets.filter((address) => !own.includes(address));
  if (target === undefined) {
    done(false, turn);
    return;
  }
  ask(node, target, question, turn, (answer, later) => {
    if (accept(answer, target, later)) done(true, later);
    else askInTurn(node, others, question, later, accept, done);
  });
}
