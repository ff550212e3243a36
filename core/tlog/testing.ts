import fc from "fast-check";
import { type Codec, decode, encode } from "../codec/index.ts";
import { Secret } from "../safety/index.ts";
import { ascii, portableSuite as suite } from "../suite/index.ts";
import {
  appendLeaf,
  type EpochLeaf,
  epochLeafHash,
  headHash,
  type LogReader,
  logRoot,
  NO_HEAD,
  signHead,
  type SignedHead,
} from "./index.ts";

/** A log in memory: keeps what {@link appendLeaf} says and nothing more, and refuses to make anything up. */
export class MemoryLog implements LogReader {
  readonly #hashes: Map<string, Uint8Array>;
  size: number;

  constructor(original?: MemoryLog) {
    this.#hashes = new Map(original === undefined ? [] : original.#hashes);
    this.size = original?.size ?? 0;
  }

  static of(leaves: readonly Uint8Array[]): MemoryLog {
    const log = new MemoryLog();
    for (const leaf of leaves) log.append(leaf);
    return log;
  }

  get count(): number {
    return this.#hashes.size;
  }

  hash(level: number, index: number): Uint8Array {
    const found = this.#hashes.get(`${level}/${index}`);
    if (found === undefined) throw new Error(`no hash at level ${level}, index ${index}`);
    return found;
  }

  append(leaf: Uint8Array): Uint8Array {
    const { nodes, root } = appendLeaf(suite, this, this.size, leaf);
    for (const node of nodes) this.#hashes.set(`${node.level}/${node.index}`, node.hash);
    this.size++;
    return root;
  }
}

/** 32 bytes that differ by name. */
export function digest(name: string): Uint8Array {
  return suite.sha256(ascii(name));
}

/** A directory reduced to its log. {@link fork} makes a second story of it that shares all told so far. */
export class Directory {
  readonly seed: Secret;
  readonly id: Uint8Array;
  readonly log: MemoryLog;
  readonly leaves: EpochLeaf[];
  readonly heads: SignedHead[];

  constructor(name: string, original?: Directory) {
    this.seed = new Secret(digest(`${name} seed`));
    this.id = digest(`${name} log`);
    this.log = new MemoryLog(original?.log);
    this.leaves = [...(original?.leaves ?? [])];
    this.heads = [...(original?.heads ?? [])];
    this.#name = name;
  }

  readonly #name: string;

  static of(name: string, epochs: number): Directory {
    const directory = new Directory(name);
    for (let epoch = 1; epoch <= epochs; epoch++) directory.advance("", epoch * 1_000);
    return directory;
  }

  get key(): Uint8Array {
    return suite.ed25519Public(this.seed);
  }

  get newest(): SignedHead {
    return this.head(this.heads.length);
  }

  readonly leafOf = (epoch: number): EpochLeaf => this.leaves[epoch - 1] as EpochLeaf;

  head(epoch: number): SignedHead {
    return this.heads[epoch - 1] as SignedHead;
  }

  /** The head of one more epoch, whose prefix tree is named by `story`; `lie` is what its leaf says instead of the truth. */
  advance(story: string, time: number, lie: Partial<EpochLeaf> = {}): SignedHead {
    const epoch = this.heads.length + 1;
    const previous = epoch === 1 ? NO_HEAD : headHash(suite, this.newest);
    const [tree, list] = [digest(`${story} tree ${epoch}`), digest(`${story} list ${epoch}`)];
    const leaf = { epoch, root: tree, previous, changes: list, ...lie };
    this.log.append(epochLeafHash(suite, leaf));
    this.leaves.push(leaf);
    const root = logRoot(suite, this.log, epoch);
    const witnesses = digest("witnesses");
    const head = signHead(suite, this.seed, { log: this.id, epoch, size: epoch, root, previous, time, witnesses });
    this.heads.push(head);
    return head;
  }

  fork(): Directory {
    return new Directory(this.#name, this);
  }
}

type Mutation = (bytes: Uint8Array) => Uint8Array;

/** One change to an encoding that an attacker on the wire can make. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(7)).map(([place, bit]): Mutation => {
    return (bytes) => bytes.map((byte, i) => (i === place % bytes.length ? byte ^ (1 << bit) : byte));
  }),
  fc.tuple(fc.nat(), fc.nat(255)).map(([place, value]): Mutation => {
    return (bytes) => Uint8Array.from(bytes, (byte, i) => (i === place % bytes.length ? value : byte));
  }),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([place, more]): Mutation => {
    return (bytes) => spliced(bytes, place % (bytes.length + 1), 0, more);
  }),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 40 })).map(([place, count]): Mutation => {
    return (bytes) => spliced(bytes, place % bytes.length, count, new Uint8Array(0));
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 40 })).map(([from, to, count]): Mutation => {
    return (bytes) => {
      const [source, target] = [from % bytes.length, to % bytes.length];
      const moved = bytes.slice(source, source + count);
      return spliced(bytes, target, moved.length, moved).subarray(0, bytes.length);
    };
  }),
);

function spliced(bytes: Uint8Array, start: number, count: number, more: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, start), ...more, ...bytes.subarray(start + count)]);
}

/** From one to three changes, one after the other. */
export const mutations: fc.Arbitrary<Mutation> = fc
  .array(mutation, { minLength: 1, maxLength: 3 })
  .map((steps) => (bytes) => steps.reduce((changed, step) => (changed.length === 0 ? changed : step(changed)), bytes));

/** What a peer decodes of a value's encoding after the changes; undefined when it refuses or nothing changed. */
export function mutated<T>(codec: Codec<T>, value: T, mutate: Mutation): T | undefined {
  const bytes = encode(codec, value);
  const changed = mutate(bytes);
  if (Buffer.from(bytes).equals(changed)) return undefined;
  const decoded = decode(codec, changed, 1 << 20);
  return decoded.ok ? decoded.value : undefined;
}

/** Changes that keep the form of a list of hashes, so that no decoder stands before the verifier. */
export const listMutations: fc.Arbitrary<(hashes: readonly Uint8Array[]) => readonly Uint8Array[]> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(([place, bit]) => (hashes: readonly Uint8Array[]) => {
    return hashes.map((hash, i) => {
      return i === place % hashes.length
        ? hash.map((byte, j) => (j === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
        : hash;
    });
  }),
  fc.nat().map((place) => (hashes: readonly Uint8Array[]) => hashes.filter((_, i) => i !== place % hashes.length)),
  fc.tuple(fc.nat(), fc.nat()).map(([place, from]) => (hashes: readonly Uint8Array[]) => {
    const copied = hashes[from % Math.max(1, hashes.length)] ?? digest("surplus");
    return hashes.toSpliced(place % (hashes.length + 1), 0, copied);
  }),
  fc.tuple(fc.nat(), fc.nat(255)).map(([place, salt]) => (hashes: readonly Uint8Array[]) => {
    return hashes.toSpliced(place % (hashes.length + 1), 0, digest(`${salt}`));
  }),
  fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => (hashes: readonly Uint8Array[]) => {
    const [i, j] = [a % Math.max(1, hashes.length), b % Math.max(1, hashes.length)];
    return hashes.map((hash, at) => (at === i ? hashes[j] : at === j ? hashes[i] : hash) ?? hash);
  }),
  fc.constant(() => []),
);

/** Bytes that look like the beginning of something: heads of CBOR items among noise. */
export const noise: fc.Arbitrary<Uint8Array> = fc
  .array(fc.oneof(fc.constantFrom(0x58, 0x20, 0x82, 0x83, 0x84, 0x87, 0x88, 0x80, 0x98, 0x1a, 0x01), fc.nat(255)), {
    maxLength: 400,
  })
  .map((list) => Uint8Array.from(list));
