import { assert } from "../safety/index.ts";
import { X25519_BYTES } from "../suite/index.ts";
import { CHAIN_MESSAGES_MAX, COUNTER_MAX, HEADER_BYTES } from "./policy.ts";

/** What the receiver needs to find a message's key; sealed under the chain's header key. */
export interface Header {
  /** The sender's X25519 public key of this chain; 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Index of the sender's chain. */
  readonly chain: number;
  /** The message's number in its chain. */
  readonly number: number;
  /** How many messages the sender's previous chain held (`PN` in Signal's specification). */
  readonly previousCount: number;
  /** KEM secrets mixed into the root before this chain. */
  readonly epoch: number;
}

/** Exactly HEADER_BYTES: public key 32 ‖ four big-endian u32. */
export function encodeHeader(header: Header): Uint8Array {
  assert(header.publicKey.length === X25519_BYTES, "ratchet public key must be 32 bytes");
  assert(inRange(header), "header counter out of range");
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(header.publicKey);
  const view = new DataView(bytes.buffer);
  const { chain, number, previousCount, epoch } = header;
  [chain, number, previousCount, epoch].forEach((value, i) => {
    view.setUint32(X25519_BYTES + 4 * i, value);
  });
  return bytes;
}

/** Undefined for a wrong length or a counter that no honest sender reaches. */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length !== HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const counter = (i: number): number => view.getUint32(X25519_BYTES + 4 * i);
  const header = {
    publicKey: bytes.slice(0, X25519_BYTES),
    chain: counter(0),
    number: counter(1),
    previousCount: counter(2),
    epoch: counter(3),
  };
  return inRange(header) ? header : undefined;
}

function inRange({ chain, number, previousCount, epoch }: Header): boolean {
  return (
    chain < COUNTER_MAX && number < CHAIN_MESSAGES_MAX && previousCount <= CHAIN_MESSAGES_MAX && epoch < COUNTER_MAX
  );
}
