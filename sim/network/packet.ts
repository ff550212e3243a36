import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import { ANSWER_BYTES_MAX, GOSSIP_BYTES_MAX, QUESTION_BYTES_MAX } from "../../core/node/index.ts";

/** `gossip`: from a node to one neighbour on the mesh. An `answer` goes back to whoever sent the `question`. */
export type PacketKind = "datagram" | "gossip" | "question" | "answer";

/** Bytes on their way. `from` and `to` are node names. */
export interface Packet {
  readonly kind: PacketKind;
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** What a rule decides about a packet. The first rule that does not pass it wins, in the order they were added. */
export type RuleVerdict = "pass" | "drop" | { readonly delayMs: number };
export type Rule = (packet: Packet) => RuleVerdict;

/** What the network puts in the place of a packet: itself, something else, or nothing. */
export type Alteration = (packet: Packet) => Uint8Array | undefined;

/** What an adversary does with a question that arrives: leaves it to the node, swallows it, or answers it. */
export type Answerer = (from: string, question: Uint8Array) => "pass" | "drop" | Uint8Array;

/** The node that takes what `from` sends; undefined for the one whose name is on it. */
export type Redirection = (from: string) => string | undefined;

/** What `reader` gets in the place of a record. */
export type RecordFilter = (value: Uint8Array, address: Uint8Array, reader: string) => Uint8Array | undefined;

/** A longer packet is dropped where it would leave. */
export const PACKET_BYTES_MAX: Readonly<Record<PacketKind, number>> = {
  datagram: ENVELOPE_BYTES_MAX,
  gossip: GOSSIP_BYTES_MAX,
  question: QUESTION_BYTES_MAX,
  answer: ANSWER_BYTES_MAX,
};
