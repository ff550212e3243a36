import { ascii, PROTO_SUITE, PROTO_VER, type Suite, WIRE_VER } from "../suite/index.ts";

/**
 * The running hash of everything both ends have said or assumed: `h ← SHA-256(h ‖ length u32 ‖ item)` an item.
 * Lengths make the sequence of items unambiguous; every derivation takes the hash in, so two ends that differ
 * in anything share no key.
 */
export function startTranscript(suite: Suite): Uint8Array {
  return suite.sha256(ascii("chhaya handshake v1\0"), new Uint8Array([WIRE_VER, PROTO_VER]), ascii(PROTO_SUITE));
}

export function mix(suite: Suite, hash: Uint8Array, ...items: readonly Uint8Array[]): Uint8Array {
  let mixed = hash;
  for (const item of items) {
    const { length } = item;
    const size = new Uint8Array([length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff]);
    mixed = suite.sha256(mixed, size, item);
  }
  return mixed;
}
