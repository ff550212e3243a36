import { array, boolean, bytes, bytesUpTo, type Codec, optional, secret, struct, uint } from "../codec/index.ts";
import { addressesCodec, INTRODUCTION_BYTES } from "../identity/index.ts";
import type { Secret } from "../safety/index.ts";
import { MESSAGE_BYTES_MAX, SEND_WINDOW_MESSAGES } from "./settings.ts";

/** How a device is reached. */
export interface Reach {
  readonly introduction: Secret;
  readonly addresses: readonly string[];
  /**
   * On the scale of the device's bundle versions: what it says later, in a packet or in a bundle, is of a greater one.
   * 0 for a card, which does not say when it was made.
   */
  readonly version: number;
}
export const reachCodec: Codec<Reach> = struct({
  introduction: secret(INTRODUCTION_BYTES),
  addresses: addressesCodec,
  version: uint(),
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
  /** How to reach the sender's device: in the first packet of a handshake, and after a move until that is known. */
  reach: optional(reachCodec),
  /** The version of the receiver's reach that the sender holds; after one came. */
  reached: optional(uint()),
  messages: array(messageCodec, SEND_WINDOW_MESSAGES),
});

export interface Packet {
  readonly base: number;
  readonly ack: { readonly floor: number; readonly beyond: number } | undefined;
  readonly confirm: Uint8Array | undefined;
  readonly confirmed: boolean;
  readonly reach: Reach | undefined;
  readonly reached: number | undefined;
  readonly messages: readonly PacketMessage[];
}

/** Upper bound of what the reach of a device with these addresses takes in a packet. */
export function reachBytes(addresses: readonly string[]): number {
  return addresses.reduce((sum, address) => sum + 3 * address.length + 3, INTRODUCTION_BYTES + 13);
}

/** Upper bound of what a packet takes besides its messages. */
export const PACKET_OVERHEAD_BYTES = 1_280;
/** Upper bound of what one message adds to its body inside a packet. */
export const MESSAGE_OVERHEAD_BYTES = 13;
