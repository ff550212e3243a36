import { type CodecCode, decode, encode } from "../codec/index.ts";
import { pad, unpad, unveil, veil, VEIL_OVERHEAD_BYTES } from "../envelope/index.ts";
import { assert, err, type Result, type Secret } from "../safety/index.ts";
import { ascii, derive, KEY_BYTES, type Random, type Suite } from "../suite/index.ts";
import { type LogAnchor, logId } from "./anchor.ts";
import { isLabel } from "./label.ts";
import { type Capsule, CAPSULE_BYTES_MAX, capsuleCodec } from "./opening.ts";

export const CAPSULE_ADDRESS_BYTES = 32;
/**
 * Lengths of a sealed capsule. Cards of up to 1,400 bytes and four transfers fit the first, whatever the version,
 * so that a stored one tells nothing; the second has room for the longest.
 */
export const CAPSULE_BUCKETS: readonly number[] = [4_096, 8_192];

const SALT_DOMAIN = ascii("chhaya vkd capsule salt v1\0");
/** RFC 9106 section 3.1 recommends 16 bytes. */
const SALT_BYTES = 16;
const STRETCHED_BYTES = 64;
const RECORD_LABEL = "vkd capsule";
const EMPTY = new Uint8Array(0);

/** What follows from a label: where its capsule is stored, and the key that veils it. */
export interface Stretched {
  /** 32 bytes. */
  readonly address: Uint8Array;
  /** 32 bytes. */
  readonly key: Secret;
}

/** Not sealed for this label and log, or altered since. */
export type SealedCapsuleCode = "vkd/capsule-unreadable" | CodecCode;

/**
 * Costs what the anchor says (Argon2id, RFC 9106): whoever guesses labels pays it for every guess and every log, for
 * the log's identity is the salt. Asserts that `label` is one.
 */
export function stretchLabel(suite: Suite, anchor: LogAnchor, label: string): Stretched {
  assert(isLabel(label), "not a label");
  const salt = suite.sha256(SALT_DOMAIN, logId(suite, anchor)).slice(0, SALT_BYTES);
  const stretched = suite.argon2id(ascii(label), salt, anchor.cost, STRETCHED_BYTES);
  const address = derive(suite, stretched, "vkd capsule address", EMPTY, CAPSULE_ADDRESS_BYTES).expose();
  const key = derive(suite, stretched, "vkd capsule key", EMPTY, KEY_BYTES);
  stretched.wipe();
  return { address, key };
}

/** The capsule as it is stored under its address; one of {@link CAPSULE_BUCKETS} long. */
export function sealCapsule(
  suite: Suite,
  random: Random,
  stretched: Stretched,
  capsule: Capsule,
): { readonly address: Uint8Array; readonly value: Uint8Array } {
  const encoded = encode(capsuleCodec, capsule);
  const bucket = CAPSULE_BUCKETS.find((size) => encoded.length < size - VEIL_OVERHEAD_BYTES);
  assert(bucket !== undefined, "capsule exceeds its bound");
  const padded = pad(encoded, bucket - VEIL_OVERHEAD_BYTES);
  const { address, key } = stretched;
  return { address, value: veil(suite, random, key, RECORD_LABEL, address, padded) };
}

/** Total on any bytes. Anyone who knows the label could have stored it: it is not yet verified. */
export function openCapsule(suite: Suite, stretched: Stretched, value: Uint8Array): Result<Capsule, SealedCapsuleCode> {
  if (!CAPSULE_BUCKETS.includes(value.length)) return err("vkd/capsule-unreadable");
  const padded = unveil(suite, stretched.key, RECORD_LABEL, stretched.address, value);
  const encoded = padded === undefined ? undefined : unpad(padded);
  return encoded === undefined ? err("vkd/capsule-unreadable") : decode(capsuleCodec, encoded, CAPSULE_BYTES_MAX);
}
