import { GOSSIP_BYTES_MAX } from "../../../core/node/index.ts";

/** Random, before the content. */
export const NONCE_BYTES = 8;
export const MESSAGE_BYTES_MAX: number = NONCE_BYTES + GOSSIP_BYTES_MAX;

/**
 * What travels: nonce ‖ content. Gossipsub forwards each message once, and knows it by the hash of these bytes. The
 * engine repeats its newest head every minute to whoever is its neighbour by then: by its hash alone it would be taken
 * for what was forwarded already, since the neighbours have just repeated the same head. With a new nonce it passes.
 */
export function wrap(nonce: Uint8Array, content: Uint8Array): Uint8Array {
  const message = new Uint8Array(NONCE_BYTES + content.length);
  message.set(nonce);
  message.set(content, NONCE_BYTES);
  return message;
}

/** A copy of the content, so that it does not hold what it came in. Undefined when there is no room for it. */
export function unwrap(message: Uint8Array): Uint8Array | undefined {
  if (message.length < NONCE_BYTES || message.length > MESSAGE_BYTES_MAX) return undefined;
  return new Uint8Array(message.subarray(NONCE_BYTES));
}
