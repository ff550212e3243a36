import { decode, encode } from "../../codec/index.ts";
import type { NodeState } from "../state.ts";
import { type Address, ANSWER_BYTES_MAX } from "../ports.ts";
import type { Turn } from "../turn.ts";
import { type Answer, answerCodec, type Gossip, gossipCodec, type Question, questionCodec } from "./messages.ts";
import { ASKS_MAX } from "./state.ts";

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
  const request = begin(node, turn, (bytes, later) => done(readAnswer(bytes), later));
  if (request !== undefined) turn.effects.push({ kind: "ask", request, to, bytes: encode(questionCodec, question) });
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

/** Gives a message to the neighbours, who forward it once they have verified it. */
export function spread(message: Gossip, turn: Turn): void {
  turn.effects.push({ kind: "publish", bytes: encode(gossipCodec, message) });
}
