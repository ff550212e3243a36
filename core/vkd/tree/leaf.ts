import { bytesUpTo, type Codec } from "../../codec/index.ts";
import { assert } from "../../safety/index.ts";

/** A place in the tree: the bits of its path from the root, the most significant of the first byte first. */
export const INDEX_BYTES = 32;
export const COMMITMENT_BYTES = 32;
const LEAF_BYTES: number = INDEX_BYTES + COMMITMENT_BYTES;
/** Two different indices part at this depth at the latest. */
export const TREE_DEPTH_MAX: number = 8 * INDEX_BYTES;
/** 2^21: with four bytes of an index it fits the 53 bits of a number. */
export const INSERT_LEAVES_MAX = 2_097_152;

export interface TreeLeaf {
  /** 32 bytes. */
  readonly index: Uint8Array;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
}

/** The bit that chooses the child of a node at `depth`: 0 is left. */
export function bitAt(index: Uint8Array, depth: number): number {
  return ((index[depth >> 3] as number) >> (7 - (depth & 7))) & 1;
}

/** Negative, 0 or positive as `a` lies left of, at or right of `b`, both 32 bytes. */
export function compareIndices(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < INDEX_BYTES; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isAscending(leaves: readonly TreeLeaf[]): boolean {
  return leaves.every((leaf, i) => i === 0 || compareIndices((leaves[i - 1] as TreeLeaf).index, leaf.index) < 0);
}

/** The leaves ascending by index, at most {@link INSERT_LEAVES_MAX}. Indices look random, so their first four bytes decide nearly always. */
export function sortLeaves(leaves: readonly TreeLeaf[]): readonly TreeLeaf[] {
  assert(leaves.length <= INSERT_LEAVES_MAX, "more leaves than are inserted at once");
  if (isAscending(leaves)) return leaves;
  // A number holds those bytes and the place of the leaf, and numbers sort many times faster than objects.
  const keys = Float64Array.from(leaves, ({ index }, i) => firstBytes(index) * INSERT_LEAVES_MAX + i).sort();
  const sorted = Array.from(keys, (key) => leaves[key % INSERT_LEAVES_MAX] as TreeLeaf);
  return sorted.sort((a, b) => compareIndices(a.index, b.index));
}

function firstBytes(index: Uint8Array): number {
  const [a, b, c, d] = index as unknown as readonly [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** From `min` to `max` leaves, strictly ascending by index: index 32 ‖ commitment 32 each, in one byte string. */
export function leavesCodec(min: number, max: number): Codec<readonly TreeLeaf[]> {
  const packed = bytesUpTo(max * LEAF_BYTES);
  return {
    write(writer, leaves) {
      assert(leaves.length >= min && isAscending(leaves), "leaves are too few or not ascending");
      const bytes = new Uint8Array(leaves.length * LEAF_BYTES);
      for (const [i, leaf] of leaves.entries()) {
        assert(leaf.index.length === INDEX_BYTES, "index of a wrong length");
        assert(leaf.commitment.length === COMMITMENT_BYTES, "commitment of a wrong length");
        bytes.set(leaf.index, i * LEAF_BYTES);
        bytes.set(leaf.commitment, i * LEAF_BYTES + INDEX_BYTES);
      }
      packed.write(writer, bytes);
    },
    read(reader) {
      const bytes = packed.read(reader);
      const leaves: TreeLeaf[] = [];
      for (let at = 0; at + LEAF_BYTES <= bytes.length; at += LEAF_BYTES) {
        leaves.push({
          index: bytes.subarray(at, at + INDEX_BYTES),
          commitment: bytes.subarray(at + INDEX_BYTES, at + LEAF_BYTES),
        });
      }
      if (leaves.length * LEAF_BYTES !== bytes.length || leaves.length < min) reader.fail("codec/out-of-range");
      else if (!isAscending(leaves)) reader.fail("codec/not-canonical");
      return leaves;
    },
  };
}
