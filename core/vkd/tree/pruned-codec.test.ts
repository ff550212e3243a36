import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesUpTo, decode, encode } from "../../codec/index.ts";
import { AssertionFailure } from "../../safety/index.ts";
import { portableSuite as suite } from "../../suite/index.ts";
import {
  leavesCodec,
  proveStored,
  PRUNED_BYTES_MAX,
  PRUNED_NODES_MAX,
  prunedCodec,
  prunedRoot,
  type PrunedTree,
} from "./index.ts";
import { flipped, fromHex, indices, leafSets, leaves, lies, pruneAtRandom, spec, toHex, treeOf } from "./testing.ts";

const SEED = 0xc0d;
const LIMIT = PRUNED_BYTES_MAX + 8;
const wire = (content: Uint8Array): Uint8Array => encode(bytesUpTo(LIMIT), content);
const read = (bytes: Uint8Array) => decode(prunedCodec, bytes, LIMIT);

const EMPTY: PrunedTree = { kind: "empty" };
const HASH: PrunedTree = { kind: "hash", hash: spec.hash("a subtree") };
const node = (left: PrunedTree, right: PrunedTree): PrunedTree => ({ kind: "node", left, right });
const leafAt = (first: number): PrunedTree => ({
  kind: "leaf",
  index: Uint8Array.of(first, ...new Uint8Array(31)),
  commitment: spec.hash(`value ${first}`),
});

/** SPEC.md's layout once more: kinds as digits of base four in preorder, then contents. */
function layout(tree: PrunedTree): Uint8Array {
  const digit = { hash: "00", empty: "01", leaf: "10", node: "11" } as const;
  const kinds = (place: PrunedTree): string =>
    digit[place.kind] + (place.kind === "node" ? kinds(place.left) + kinds(place.right) : "");
  const contents = (place: PrunedTree): Uint8Array[] => {
    if (place.kind === "node") return [...contents(place.left), ...contents(place.right)];
    return place.kind === "hash" ? [place.hash] : place.kind === "leaf" ? [place.index, place.commitment] : [];
  };
  const bits = kinds(tree);
  const shape = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").match(/.{8}/gu)!;
  return Uint8Array.from(
    Buffer.concat([Uint8Array.from(shape, (byte) => Number.parseInt(byte, 2)), ...contents(tree)]),
  );
}

/** Which trees there are: every leaf on its path, none deeper than it need be, nothing shown that says nothing. */
function isTree(tree: PrunedTree, path = ""): boolean {
  if (tree.kind === "leaf") return [...path].every((bit, depth) => spec.bit(tree.index, depth) === bit);
  if (tree.kind !== "node") return true;
  const idle = ["empty empty", "empty leaf", "hash hash", "leaf empty"].includes(
    `${tree.left.kind} ${tree.right.kind}`,
  );
  return !idle && isTree(tree.left, `${path}0`) && isTree(tree.right, `${path}1`);
}

const proofs = fc
  .tuple(leafSets(0, 40), fc.array(indices, { maxLength: 3 }), fc.nat(3))
  .map(([set, strangers, known]) => {
    const { nodes, root } = treeOf(set);
    return proveStored(suite, nodes, root, [...strangers, ...set.slice(0, known).map(({ index }) => index)]);
  });

test("the encoding is pinned, and follows the specification", () => {
  const three = ["00", "7f", "80"].map((first, i) => ({
    index: fromHex(first + "11".repeat(31)),
    commitment: new Uint8Array(32).fill(i),
  }));
  const { nodes, root } = treeOf(three);
  const proof = encode(prunedCodec, proveStored(suite, nodes, root, [three[0]!.index]));
  expect(toHex(proof)).toBe(
    `5882f800${toHex(three[0]!.index)}${"00".repeat(32)}` +
      "5101add274a82421fbb911fe4240013997a68fdda6528c1e848985a186659f9d" +
      "0c4e1498cfb56ebcc5eb3d49d1893a8fda283b60e89ccf720742bb74fbfe326c",
  );
  expect(PRUNED_NODES_MAX).toBe(4 * 65_536);
});

test("every proof encodes as specified and decodes to itself", () => {
  const property = fc.property(proofs, (tree) => {
    const encoded = encode(prunedCodec, tree);
    expect(toHex(encoded)).toBe(toHex(wire(layout(tree))));
    expect(read(encoded)).toEqual({ ok: true, value: tree });
  });
  fc.assert(property, { seed: SEED, numRuns: 100 });
});

test("two indices in a tree of a million take two paths of hashes, one leaf and little else", () => {
  const path = (depth: number, end: PrunedTree): PrunedTree => (depth === 0 ? end : node(path(depth - 1, end), HASH));
  const absent = node(HASH, path(18, EMPTY));
  const tree = node(path(19, leafAt(0)), absent);
  const encoded = encode(prunedCodec, tree);
  expect(encoded.length).toBe(2 * 19 * 32 + 64 + Math.ceil((1 + 2 * (2 * 19 + 1)) / 4) + 3);
  expect(read(encoded)).toEqual({ ok: true, value: tree });
});

test("no changed byte is accepted for the same root, and what is accepted has one encoding", () => {
  const property = fc.property(proofs, fc.nat(), fc.integer({ min: 1, max: 255 }), (tree, pick, change) => {
    const encoded = encode(prunedCodec, tree);
    encoded[pick % encoded.length]! ^= change;
    const decoded = read(encoded);
    if (decoded.ok) {
      expect(toHex(prunedRoot(suite, decoded.value))).not.toBe(toHex(prunedRoot(suite, tree)));
      expect(toHex(encode(prunedCodec, decoded.value))).toBe(toHex(encoded));
    } else {
      expect(decoded.error).toMatch(/^codec\/[a-z-]+$/u);
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 400 });
});

test("no flipped bit of one proof of three indices is accepted for its root", () => {
  const set = Array.from({ length: 60 }, (_, i) => ({ index: spec.hash(`i${i}`), commitment: spec.hash(`c${i}`) }));
  const { nodes, root } = treeOf(set);
  const tree = proveStored(suite, nodes, root, [set[0]!.index, set[1]!.index, spec.hash("nobody")]);
  const encoded = encode(prunedCodec, tree);
  let accepted = 0;
  for (let bit = 0; bit < 8 * encoded.length; bit++) {
    const decoded = read(flipped(encoded, bit));
    if (!decoded.ok) continue;
    accepted++;
    expect(toHex(prunedRoot(suite, decoded.value))).not.toBe(toHex(root));
  }
  // Every bit of a hash or a commitment makes another tree; the shape and the leaves' places do not.
  expect(accepted).toBeGreaterThan(encoded.length);
});

test("every proper prefix and every extension is refused, in the byte string and around it", () => {
  const property = fc.property(proofs, fc.nat(255), (tree, byte) => {
    const content = layout(tree);
    for (let cut = 0; cut < content.length; cut++) {
      expect(read(wire(content.subarray(0, cut)))).toEqual({ ok: false, error: "codec/truncated" });
    }
    expect(read(wire(Uint8Array.of(...content, byte)))).toEqual({ ok: false, error: "codec/trailing-bytes" });
    expect(read(Uint8Array.of(...wire(content), byte))).toEqual({ ok: false, error: "codec/trailing-bytes" });
  });
  fc.assert(property, { seed: SEED, numRuns: 15 });
});

test("of all shapes, exactly those are read and written that a pruning of some tree has", () => {
  const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
  let accepted = 0;
  const property = fc.property(
    fc.oneof(
      lies,
      fc.tuple(lies, choices).map(([tree, kept]) => pruneAtRandom(tree, kept)),
      proofs,
    ),
    (tree) => {
      const decoded = read(wire(layout(tree)));
      if (isTree(tree)) {
        accepted++;
        expect(decoded).toEqual({ ok: true, value: tree });
      } else {
        expect(decoded).toEqual({ ok: false, error: "codec/not-canonical" });
        expect(() => encode(prunedCodec, tree)).toThrow(AssertionFailure);
      }
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 600 });
  expect(accepted).toBeGreaterThan(100);
});

test("is total on any bytes, and writes again what it read", () => {
  const shapes = fc.array(fc.constantFrom(0, 1, 2, 3), { maxLength: 60 }).map((kinds) => {
    const bits = kinds.map((kind) => kind.toString(2).padStart(2, "0")).join("");
    return Uint8Array.from(bits.match(/.{8}/gu) ?? [], (byte) => Number.parseInt(byte, 2));
  });
  const noise = fc.tuple(fc.oneof(shapes, fc.uint8Array({ maxLength: 20 })), fc.uint8Array({ maxLength: 200 }));
  const property = fc.property(noise, fc.boolean(), ([shape, rest], wrapped) => {
    const bytes = Uint8Array.of(...shape, ...rest);
    const input = wrapped ? wire(bytes) : bytes;
    const decoded = read(input);
    if (decoded.ok) expect(toHex(encode(prunedCodec, decoded.value))).toBe(toHex(input));
    else expect(decoded.error).toMatch(/^codec\/[a-z-]+$/u);
  });
  fc.assert(property, { seed: SEED, numRuns: 1_000 });
});

describe("refuses", () => {
  const refused = (tree: PrunedTree, error = "codec/not-canonical"): void =>
    expect(read(wire(layout(tree)))).toEqual({ ok: false, error });

  test("leaves that are off their path, twice there, or deeper than they need be", () => {
    expect(read(wire(layout(node(leafAt(0x00), leafAt(0x80))))).ok).toBe(true);
    refused(node(leafAt(0x80), leafAt(0x00)));
    refused(node(leafAt(0x00), leafAt(0x00)));
    refused(node(node(leafAt(0x00), leafAt(0x40)), node(leafAt(0x80), leafAt(0x40))));
    refused(node(leafAt(0x00), EMPTY));
    refused(node(EMPTY, leafAt(0x80)));
    refused(node(node(EMPTY, node(leafAt(0x40), EMPTY)), HASH));
    // A chain of nodes is as long as what two leaves share: no shorter and no longer.
    expect(read(wire(layout(node(EMPTY, node(EMPTY, node(leafAt(0xc0), leafAt(0xe0))))))).ok).toBe(true);
    refused(node(EMPTY, node(EMPTY, node(node(leafAt(0xc0), EMPTY), leafAt(0xe0)))));
    refused(node(EMPTY, node(EMPTY, node(EMPTY, node(leafAt(0xe0), leafAt(0xc0))))));
  });

  test("nodes that show nothing", () => {
    refused(node(HASH, HASH));
    refused(node(EMPTY, EMPTY));
    for (const tree of [HASH, EMPTY, leafAt(7), node(HASH, EMPTY), node(EMPTY, HASH), node(HASH, leafAt(0x80))]) {
      expect(read(wire(layout(tree)))).toEqual({ ok: true, value: tree });
    }
  });

  test("padding bits, more nodes than the limit, and a depth that no index has", () => {
    expect(read(wire(Uint8Array.of(0b01_000000))).ok).toBe(true);
    for (let bit = 2; bit < 8; bit++) {
      expect(read(wire(flipped(Uint8Array.of(0b01_000000), bit)))).toEqual({ ok: false, error: "codec/not-canonical" });
    }
    const nodes = new Uint8Array(PRUNED_NODES_MAX / 4 + 1).fill(0xff);
    expect(read(wire(nodes))).toEqual({ ok: false, error: "codec/out-of-range" });
    expect(read(wire(nodes.subarray(1)))).toEqual({ ok: false, error: "codec/truncated" });
    expect(decode(prunedCodec, wire(new Uint8Array(PRUNED_BYTES_MAX + 1)), LIMIT + 8)).toEqual({
      ok: false,
      error: "codec/out-of-range",
    });
    const chain = (depth: number): PrunedTree => (depth === 0 ? HASH : node(EMPTY, chain(depth - 1)));
    expect(read(wire(layout(chain(256))))).toEqual({ ok: true, value: chain(256) });
    refused(chain(257));
    // Node, empty, node, empty … and a hash: as deep as the limit of nodes allows.
    const deep = Uint8Array.of(...new Uint8Array(30_000).fill(0b11_01_11_01), 0, ...spec.hash("a subtree"));
    expect(read(wire(deep))).toEqual({ ok: false, error: "codec/not-canonical" });
  });
});

describe("a list of leaves", () => {
  const codec = leavesCodec(1, 5);
  const lists = leafSets(1, 5).map((set) => set.sort((a, b) => (toHex(a.index) < toHex(b.index) ? -1 : 1)));

  test("is 64 bytes a leaf in order of index, and decodes to itself", () => {
    const property = fc.property(lists, (list) => {
      const encoded = encode(codec, list);
      const plain = list.flatMap(({ commitment, index }) => [...index, ...commitment]);
      expect(toHex(encoded)).toBe(toHex(wire(Uint8Array.from(plain))));
      expect(decode(codec, encoded, 400)).toEqual({ ok: true, value: list });
    });
    fc.assert(property, { seed: SEED });
  });

  test("is refused out of order, with an index twice, with a part of a leaf, and beyond its bounds", () => {
    const property = fc.property(fc.array(leaves, { maxLength: 7 }), fc.integer({ min: 1, max: 63 }), (list, cut) => {
      const plain = Uint8Array.from(list.flatMap(({ commitment, index }) => [...index, ...commitment]));
      const hex = list.map(({ index }) => toHex(index));
      const ascending = hex.every((index, i) => i === 0 || (hex[i - 1] as string) < index);
      const fits = list.length >= 1 && list.length <= 5;
      const error = fits ? "codec/not-canonical" : "codec/out-of-range";
      const decoded = decode(codec, wire(plain), 1_000);
      expect(decoded).toEqual(fits && ascending ? { ok: true, value: list } : { ok: false, error });
      const partial = wire(plain.subarray(0, plain.length - cut));
      if (list.length > 0) expect(decode(codec, partial, 1_000)).toEqual({ ok: false, error: "codec/out-of-range" });
      if (!decoded.ok) expect(() => encode(codec, list)).toThrow(AssertionFailure);
    });
    fc.assert(property, { seed: SEED });
  });
});
