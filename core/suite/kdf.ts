import { assert, Secret } from "../safety/index.ts";
import { NONCE_BYTES, type Suite } from "./suite.ts";

/** Version of the wire encoding; first byte of every salt. */
export const WIRE_VER = 0x01;
/** Version of the protocol's state machines; second byte of every salt. */
export const PROTO_VER = 0x01;
export const PROTO_SUITE = "X25519+ML-KEM-1024:AES-256-GCM";

/** Role bytes that enter derivations, so that no key serves both directions. */
export const ROLE_INITIATOR = 0x49;
export const ROLE_RESPONDER = 0x52;
export type Role = typeof ROLE_INITIATOR | typeof ROLE_RESPONDER;

/** The other end of a session. */
export function oppositeRole(role: Role): Role {
  return role === ROLE_INITIATOR ? ROLE_RESPONDER : ROLE_INITIATOR;
}

/** The ASCII bytes of a label. Labels are constants of this program, never input. */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    assert(code < 0x80, "label is not ASCII");
    bytes[i] = code;
  }
  return bytes;
}

const salts = new Map<string, Uint8Array>();

/** `WIRE_VER ‖ PROTO_VER ‖ PROTO_SUITE ‖ label`: every HKDF salt of the protocol. */
export function saltOf(label: string): Uint8Array {
  let salt = salts.get(label);
  if (salt === undefined) {
    // The salt keys HMAC, which pads its key with zeros (RFC 2104 section 2): with and without one, it is one label.
    assert(!label.endsWith("\0"), "label ends with a zero byte");
    salt = new Uint8Array([WIRE_VER, PROTO_VER, ...ascii(PROTO_SUITE), ...ascii(label)]);
    salts.set(label, salt);
  }
  return salt;
}

/**
 * The one key derivation of the protocol: HKDF-SHA256 (RFC 5869) under the salt of `label`.
 * `info` binds the context (a transcript hash, a role, a counter). Labels are constants, so the cache of
 * salts is bounded by the source code.
 */
export function derive(suite: Suite, ikm: Secret, label: string, info: Uint8Array, length: number): Secret {
  return suite.hkdfSha256(ikm, saltOf(label), info, length);
}

/**
 * The deterministic 12-byte AEAD nonce. It is never sent and never random; it is safe because the key
 * that `key` stands for encrypts exactly one plaintext.
 */
export function hkdfN12(suite: Suite, key: Secret, info: Uint8Array): Uint8Array {
  return suite.hkdfSha256(key, saltOf("hkdf_n12"), info, NONCE_BYTES).expose();
}
