import { concatBytes } from "@noble/hashes/utils.js";
import {
  bytes,
  type Codec,
  type CodecCode,
  decode,
  encode,
  refined,
  statementOf,
  struct,
  text,
  uint,
} from "../codec/index.ts";
import {
  type EnrolCode,
  verifyWitnessSet,
  WITNESS_SET_BYTES_MAX,
  type WitnessSet,
  witnessSetCodec,
  witnessSetId,
} from "../quorum/index.ts";
import { err, type Result } from "../safety/index.ts";
import {
  ED25519_PUBLIC_BYTES,
  SHA256_BYTES,
  STRETCH_KIB_MAX,
  STRETCH_PASSES_MAX,
  type StretchCost,
  type Suite,
  VRF_PUBLIC_BYTES,
} from "../suite/index.ts";

export const LOG_NAME_BYTES_MAX = 64;
/** The longest pause between two epochs that a directory may promise. */
export const EPOCH_MS_MAX: number = 7 * 86_400_000;
/** RFC 9106 section 3.1: eight blocks of a KiB a lane. */
const STRETCH_KIB_MIN = 8;
const ANCHOR_VERSION = 1;
/** The longest binary anchor: 64 witnesses. */
export const LOG_ANCHOR_BYTES_MAX: number =
  2 + (2 + LOG_NAME_BYTES_MAX) + (2 + ED25519_PUBLIC_BYTES) + (2 + VRF_PUBLIC_BYTES) + WITNESS_SET_BYTES_MAX + 8 + 5;

/** What a client trusts about a directory from the start; all of it but the name makes the log what it is. */
export interface LogAnchor {
  /** What its user calls it, at most 64 bytes; local. */
  readonly name: string;
  /** Ed25519, 32 bytes: signs heads. */
  readonly key: Uint8Array;
  /** ECVRF, 32 bytes: places labels in the tree. */
  readonly vrf: Uint8Array;
  /** The first witness set. */
  readonly witnesses: WitnessSet;
  /** What guessing a label costs. */
  readonly cost: StretchCost;
  /** How often there is a head; milliseconds, from 1. */
  readonly epochMs: number;
}

export type AnchorCode =
  | CodecCode
  /** Not of this version of the protocol. */
  | "vkd/anchor-version";

const cost: Codec<StretchCost> = struct({
  memoryKiB: refined(uint(STRETCH_KIB_MAX), (value) => value >= STRETCH_KIB_MIN),
  passes: refined(uint(STRETCH_PASSES_MAX), (value) => value >= 1),
});
const epochMs: Codec<number> = refined(uint(EPOCH_MS_MAX), (value) => value >= 1);
const keys = { key: bytes(ED25519_PUBLIC_BYTES), vrf: bytes(VRF_PUBLIC_BYTES) } as const;

export const anchorCodec: Codec<LogAnchor> = struct({
  name: text(LOG_NAME_BYTES_MAX),
  ...keys,
  witnesses: witnessSetCodec,
  cost,
  epochMs,
});

const identity = struct({ ...keys, witnesses: bytes(SHA256_BYTES), cost, epochMs });
const LOG_DOMAIN = "chhaya vkd log v1";

/** The identity of a log, 32 bytes: whoever changes a key, the first witnesses or the cost has another log. */
export function logId(suite: Suite, anchor: LogAnchor): Uint8Array {
  const witnesses = witnessSetId(suite, anchor.witnesses);
  return suite.sha256(statementOf(LOG_DOMAIN, identity, { ...anchor, witnesses }));
}

/** A version byte and the canonical encoding. */
export function anchorToBytes(anchor: LogAnchor): Uint8Array {
  return concatBytes(new Uint8Array([ANCHOR_VERSION]), encode(anchorCodec, anchor));
}

/** Total on any bytes; exactly what {@link anchorToBytes} makes is accepted. The witnesses are not yet verified. */
export function anchorFromBytes(binary: Uint8Array): Result<LogAnchor, AnchorCode> {
  if (binary.length > LOG_ANCHOR_BYTES_MAX) return err("codec/too-long");
  if (binary[0] !== ANCHOR_VERSION) return err(binary.length === 0 ? "codec/truncated" : "vkd/anchor-version");
  return decode(anchorCodec, binary.subarray(1), LOG_ANCHOR_BYTES_MAX);
}

/** Checks once what every later proof relies on: that each witness has the key that it claims. */
export function verifyAnchor(suite: Suite, anchor: LogAnchor): Result<void, EnrolCode> {
  return verifyWitnessSet(suite, anchor.witnesses);
}
