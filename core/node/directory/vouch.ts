import { bytes, type Codec, struct, text } from "../../codec/index.ts";
import { type CosignedHead, cosignedHeadCodec } from "../../quorum/index.ts";
import { SHA256_BYTES } from "../../suite/index.ts";
import type { LogId } from "../events.ts";

/** What one log proved of a contact, and by which head. */
export interface Vouch {
  readonly id: LogId;
  readonly head: CosignedHead;
  /** SHA-256 of the contact's registration in that log. */
  readonly digest: Uint8Array;
}

export const vouchCodec: Codec<Vouch> = struct({
  id: text(64),
  head: cosignedHeadCodec,
  digest: bytes(SHA256_BYTES),
});
