import { type Codec, struct } from "../codec/index.ts";
import { equalConstantTime } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import { headHash, SIGNED_HEAD_BYTES_MAX, type SignedHead, signedHeadCodec, verifyHead } from "./head.ts";

/**
 * Proof, to anyone, that a directory told two stories: two heads of one epoch, both signed. `a` is the one whose
 * hash comes first, so that a pair of heads has one proof.
 */
export interface Equivocation {
  readonly a: SignedHead;
  readonly b: SignedHead;
}

export const EQUIVOCATION_BYTES_MAX: number = 1 + 2 * SIGNED_HEAD_BYTES_MAX;

export const equivocationCodec: Codec<Equivocation> = struct({ a: signedHeadCodec, b: signedHeadCodec });

/** Whether `a` comes before `b` in the order of their bytes; both of one length. */
function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}

/** The proof that these two heads give against the directory with this Ed25519 key; undefined when they give none. */
export function convict(suite: Suite, key: Uint8Array, a: SignedHead, b: SignedHead): Equivocation | undefined {
  const proof = isBefore(headHash(suite, a), headHash(suite, b)) ? { a, b } : { a: b, b: a };
  return verifyEquivocation(suite, a.log, key, proof) ? proof : undefined;
}

/** Whether a proof that was decoded convicts the directory of the log `log` (32 bytes) with this Ed25519 key. */
export function verifyEquivocation(suite: Suite, log: Uint8Array, key: Uint8Array, proof: Equivocation): boolean {
  const { a, b } = proof;
  return (
    equalConstantTime(a.log, log) &&
    equalConstantTime(b.log, log) &&
    a.epoch === b.epoch &&
    isBefore(headHash(suite, a), headHash(suite, b)) &&
    verifyHead(suite, key, a) &&
    verifyHead(suite, key, b)
  );
}
