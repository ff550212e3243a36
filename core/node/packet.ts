import { array, boolean, bytes, bytesUpTo, type Codec, optional, secret, struct, text, uint } from "../codec/index.ts";
import { CARD_ADDRESS_BYTES_MAX, CARD_ADDRESSES_MAX, INTRODUCTION_BYTES } from "../identity/index.ts";
import type { Secret } from "../safety/index.ts";
import { MESSAGE_BYTES_MAX, SEND_WINDOW_MESSAGES } from "./settings.ts";

/** How a device is reached. */
export interface Reach {
  readonly introduction: Secret;
  readonly addresses: readonly string[];
}
export const reachCodec: Codec<Reach> = struct({
  introduction: secret(INTRODUCTION_BYTES),
  addresses: array(text(CARD_ADDRESS_BYTES_MAX), CARD_ADDRESSES_MAX),
});

/** One message of a packet. `seq` numbers the messages from one device to another, across sessions. */
export interface PacketMessage {
  readonly seq: number;
  readonly body: Uint8Array;
}
/** Sequence numbers on the wire: arithmetic on them stays exact, whatever a peer claims. */
const SEQUENCE_MAX: number = 2 ** 52;

const messageCodec: Codec<PacketMessage> = struct({ seq: uint(SEQUENCE_MAX), body: bytesUpTo(MESSAGE_BYTES_MAX) });

/**
 * What one authenticated envelope carries between two engines. `base` is the lowest sequence number that
 * the sender still holds: everything below it was acknowledged, so the receiver's floor may follow it.
 */
export const packetCodec: Codec<Packet> = struct({
  base: uint(SEQUENCE_MAX),
  /** Everything below `floor` arrived; bit i of `beyond`: `floor + i` arrived too. */
  ack: optional(struct({ floor: uint(SEQUENCE_MAX), beyond: uint(2 ** SEND_WINDOW_MESSAGES - 1) })),
  /** Key confirmation of the handshake, repeated until the peer is known to have it. */
  confirm: optional(bytes(32)),
  /** The sender has the receiver's key confirmation. */
  confirmed: boolean,
  /** How to reach the sender's device; in the first packet of a handshake. */
  reach: optional(reachCodec),
  messages: array(messageCodec, SEND_WINDOW_MESSAGES),
});

export interface Packet {
  readonly base: number;
  readonly ack: { readonly floor: number; readonly beyond: number } | undefined;
  readonly confirm: Uint8Array | undefined;
  readonly confirmed: boolean;
  readonly reach: Reach | undefined;
  readonly messages: readonly PacketMessage[];
}

/** Upper bound of what a packet takes besides its messages. */
export const PACKET_OVERHEAD_BYTES = 1_280;
/** Upper bound of what one message adds to its body inside a packet. */
export const MESSAGE_OVERHEAD_BYTES = 13;
