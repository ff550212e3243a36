import { type Codec, decode } from "../codec/index.ts";
import { type CosignedHead, COSIGNED_HEAD_BYTES_MAX, cosignedHeadCodec } from "../quorum/index.ts";
import { assert, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import {
  appendLeaf,
  type EpochLeaf,
  epochLeafCodec,
  epochLeafHash,
  type EpochProof,
  type LogReader,
  logRoot,
  proveConsistency,
  proveInclusion,
  proveSuccession,
  type Succession,
  type TreeHead,
} from "../tlog/index.ts";
import { ANY_LOG, indexed, indexKey, type IndexReader, type IndexWrite, numberAt, numberBytes } from "./index-store.ts";
import {
  EMPTY_HASH,
  insertStored,
  leavesOf,
  type NodeReader,
  proveStored,
  type PrunedTree,
  type TreeLeaf,
} from "./tree/index.ts";

const LEAF_BYTES_MAX = 256;

/** What an epoch adds to a replica. */
export interface Extension {
  readonly leaf: EpochLeaf;
  /** Root of the log with this epoch, 32 bytes. */
  readonly root: Uint8Array;
  readonly writes: readonly IndexWrite[];
}

/**
 * The prefix tree and the log of one directory over an index: all that is needed to prove anything about an index
 * of the tree, and nothing that tells whose it is. The directory has one, and so has every mirror. Nodes are kept by
 * their hash, so that every earlier epoch stays as it was; that an epoch is there is written in one batch with it.
 */
export class Replica {
  readonly #suite: Suite;
  readonly #log: Uint8Array;
  readonly #index: IndexReader;
  readonly #nodes: NodeReader;
  readonly #tiles: LogReader;

  constructor(suite: Suite, log: Uint8Array, index: IndexReader) {
    this.#suite = suite;
    this.#log = log;
    this.#index = index;
    this.#nodes = { node: (hash) => index.get(indexKey("n", ANY_LOG, hash)) };
    this.#tiles = {
      hash: (level, position) => {
        const hash = index.get(indexKey("l", log, level, position));
        assert(hash !== undefined, "a node of the log is missing from the index");
        return hash;
      },
    };
  }

  /** Epochs that are held: 1 to this; 0 for none. */
  get epoch(): number {
    return numberAt(this.#index, indexKey("t", this.#log));
  }

  /** The leaf of an epoch that is held. */
  leaf(epoch: number): EpochLeaf {
    const leaf = this.#read("e", epoch, epochLeafCodec, LEAF_BYTES_MAX);
    assert(leaf !== undefined, "an epoch is missing from the index");
    return leaf;
  }

  /** Root of the prefix tree, 32 bytes. */
  treeRoot(epoch: number): Uint8Array {
    return epoch === 0 ? EMPTY_HASH : this.leaf(epoch).root;
  }

  /** The cosigned head of an epoch, where one was kept. */
  head(epoch: number): CosignedHead | undefined {
    return this.#read("s", epoch, cosignedHeadCodec, COSIGNED_HEAD_BYTES_MAX);
  }

  keepHead(head: CosignedHead): IndexWrite {
    return indexed(cosignedHeadCodec, indexKey("s", this.#log, head.head.epoch), head);
  }

  /**
   * The next epoch with these leaves in it. `previous`: hash of the head before; `changes`: content address of the
   * list of leaves. Refused when an index is taken: nothing that is in the tree ever changes.
   */
  extend(leaves: readonly TreeLeaf[], previous: Uint8Array, changes: Uint8Array): Result<Extension, "vkd/index-taken"> {
    const size = this.epoch;
    const inserted = insertStored(this.#suite, this.#nodes, this.treeRoot(size), leaves);
    if (!inserted.ok) return inserted;
    const leaf = { epoch: size + 1, root: inserted.value.root, previous, changes };
    const appended = appendLeaf(this.#suite, this.#tiles, size, epochLeafHash(this.#suite, leaf));
    const writes: IndexWrite[] = [];
    for (const { hash, record } of inserted.value.writes)
      writes.push({ key: indexKey("n", ANY_LOG, hash), value: record });
    for (const { hash, index, level } of appended.nodes) {
      writes.push({ key: indexKey("l", this.#log, level, index), value: hash });
    }
    writes.push(indexed(epochLeafCodec, indexKey("e", this.#log, size + 1), leaf));
    writes.push({ key: indexKey("t", this.#log), value: numberBytes(size + 1) });
    return ok({ leaf, root: appended.root, writes });
  }

  /** Root of the log, 32 bytes, if these epochs followed the ones that are held; nothing of it is kept. */
  rootWith(leaves: readonly EpochLeaf[]): Uint8Array {
    const added = new Map<string, Uint8Array>();
    const reader: LogReader = {
      hash: (level, position) => added.get(`${level}/${position}`) ?? this.#tiles.hash(level, position),
    };
    let size = this.epoch;
    let root = logRoot(this.#suite, reader, size);
    for (const leaf of leaves) {
      const appended = appendLeaf(this.#suite, reader, size, epochLeafHash(this.#suite, leaf));
      for (const { hash, index, level } of appended.nodes) added.set(`${level}/${index}`, hash);
      root = appended.root;
      size++;
    }
    return root;
  }

  /** Root of the log after `epoch` epochs, 32 bytes. */
  logRoot(epoch: number): Uint8Array {
    return logRoot(this.#suite, this.#tiles, epoch);
  }

  epochProof(epoch: number): EpochProof {
    return { leaf: this.leaf(epoch), inclusion: proveInclusion(this.#suite, this.#tiles, epoch - 1, epoch) };
  }

  consistency(from: number, to: number): readonly Uint8Array[] {
    return proveConsistency(this.#suite, this.#tiles, from, to);
  }

  /** How `to` descends from `from`, which are both held; undefined for one and the same. */
  succession(from: TreeHead, to: TreeHead): Succession | undefined {
    return proveSuccession(this.#suite, this.#tiles, (epoch) => this.leaf(epoch), from, to);
  }

  /** The tree of an epoch, pruned to what tells whether each index is in it. */
  tree(epoch: number, indices: readonly Uint8Array[]): PrunedTree {
    return proveStored(this.#suite, this.#nodes, this.treeRoot(epoch), indices);
  }

  /** Every leaf of an epoch's tree, ascending by index; asserts that each node on the way is what its hash says. */
  leaves(epoch: number): Iterable<TreeLeaf> {
    return leavesOf(this.#suite, this.#nodes, this.treeRoot(epoch));
  }

  #read<T>(kind: string, epoch: number, codec: Codec<T>, bytesMax: number): T | undefined {
    const value = this.#index.get(indexKey(kind, this.#log, epoch));
    if (value === undefined) return undefined;
    const decoded = decode(codec, value, bytesMax);
    // The index is this program's own; what came from outside was decoded before it was written.
    assert(decoded.ok, "the index holds what this program did not write");
    return decoded.value;
  }
}
