import type { CodecCode } from "../codec/index.ts";
import type { CertificateCode } from "../identity/index.ts";

/** Why a handshake message was refused. For counters and traces; nothing of it goes back on the wire. */
export type HandshakeCode =
  | CodecCode
  | CertificateCode
  /** Not veiled for this device, or not padded as an M1. */
  | "handshake/unreadable"
  /** The signed prekey is unknown: its grace is over, or it never was. */
  | "handshake/prekey-unknown"
  /** The one-time prekey served another handshake already. */
  | "handshake/prekey-consumed"
  /** A public value that gives no shared secret (low order, or a key that fails its check). */
  | "handshake/bad-public-value"
  /** A sealed part does not open: another transcript, another key, or tampering. */
  | "handshake/unauthentic"
  /** M1 claims a time outside the bounds for mail in transit. */
  | "handshake/stale"
  /** A retry that no responder made for this M1. */
  | "handshake/cookie-invalid"
  | "handshake/puzzle-too-hard"
  /** One handshake was asked for more cookies than COOKIE_RETRIES_MAX. */
  | "handshake/retries-exhausted";
