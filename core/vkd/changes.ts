import { array, bytes, type Codec, type CodecCode, decode, encode, refined, struct, uint } from "../codec/index.ts";
import { contentAddress } from "../record/index.ts";
import { assert, type Result } from "../safety/index.ts";
import { SHA256_BYTES, type Suite } from "../suite/index.ts";
import { EPOCHS_MAX } from "../tlog/index.ts";
import { compareIndices, leavesCodec, sortLeaves, type TreeLeaf } from "./tree/index.ts";

/** Leaves that one epoch can add. */
export const CHANGES_MAX = 1_048_576;
/** So that a chunk fits one answer of a peer. */
export const CHANGES_PER_CHUNK = 700;
export const CHUNKS_MAX: number = Math.ceil(CHANGES_MAX / CHANGES_PER_CHUNK);
/** The longest manifest (34 bytes a chunk) or chunk (64 bytes a leaf). */
export const CONTENT_BYTES_MAX = 51_200;
const LOG_ID_BYTES = 32;

/** The list of an epoch's leaves: cut into chunks of {@link CHANGES_PER_CHUNK}, all full but the last, in order of index. */
export interface Manifest {
  /** 32 bytes. */
  readonly log: Uint8Array;
  /** From 1 to {@link EPOCHS_MAX}. */
  readonly epoch: number;
  /** Content addresses of the chunks, 32 bytes each. */
  readonly chunks: readonly Uint8Array[];
}

/** A part of a change list: kept and served under its content address, and stored as the content record of its bytes. */
export interface Content {
  /** 32 bytes. */
  readonly address: Uint8Array;
  /** At most {@link CONTENT_BYTES_MAX} bytes. */
  readonly bytes: Uint8Array;
}

const manifestCodec: Codec<Manifest> = struct({
  log: bytes(LOG_ID_BYTES),
  epoch: refined(uint(EPOCHS_MAX), (epoch) => epoch >= 1),
  chunks: array(bytes(SHA256_BYTES), CHUNKS_MAX),
});
const chunkCodec = leavesCodec(1, CHANGES_PER_CHUNK);

/**
 * The change list of an epoch: the address that its leaf of the log names, which is the manifest's, and the manifest
 * and the chunks. `leaves` in any order, at most {@link CHANGES_MAX}, no two with one index.
 */
export function packChanges(
  suite: Suite,
  log: Uint8Array,
  epoch: number,
  leaves: readonly TreeLeaf[],
): { readonly address: Uint8Array; readonly content: readonly Content[] } {
  assert(leaves.length <= CHANGES_MAX, "an epoch adds too many leaves");
  const sorted = sortLeaves(leaves);
  const chunks: Content[] = [];
  for (let at = 0; at < sorted.length; at += CHANGES_PER_CHUNK) {
    const chunk = sorted.slice(at, at + CHANGES_PER_CHUNK);
    assert(
      at === 0 || compareIndices((sorted[at - 1] as TreeLeaf).index, (chunk[0] as TreeLeaf).index) < 0,
      "two changes share an index",
    );
    chunks.push(contentOf(suite, encode(chunkCodec, chunk)));
  }
  const addresses = chunks.map(({ address }) => address);
  const manifest = contentOf(suite, encode(manifestCodec, { log, epoch, chunks: addresses }));
  return { address: manifest.address, content: [manifest, ...chunks] };
}

function contentOf(suite: Suite, bytes: Uint8Array): Content {
  return { address: contentAddress(suite, bytes), bytes };
}

/** Total; whether the bytes are those of the address, and of the log and epoch, is for the caller to check. */
export function readManifest(value: Uint8Array): Result<Manifest, CodecCode> {
  return decode(manifestCodec, value, CONTENT_BYTES_MAX);
}

/** Total; from 1 to {@link CHANGES_PER_CHUNK} leaves, strictly ascending by index. */
export function readChunk(value: Uint8Array): Result<readonly TreeLeaf[], CodecCode> {
  return decode(chunkCodec, value, CONTENT_BYTES_MAX);
}
