import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentAddress } from "../record/index.ts";
import { array, bytes, bytesUpTo, encode, struct, uint } from "../codec/index.ts";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import {
  CHANGES_MAX,
  CHANGES_PER_CHUNK,
  CHUNKS_MAX,
  CONTENT_BYTES_MAX,
  type Content,
  packChanges,
  readChunk,
  readManifest,
} from "./changes.ts";
import type { TreeLeaf } from "./tree/index.ts";
import { flipped, fromHex, leafSets, spec, toHex } from "./tree/testing.ts";

const SEED = 0xc4a;
const LOG = spec.hash("log");
const manifestWire = struct({ log: bytes(32), epoch: uint(), chunks: array(bytes(32), 10_000) });
const leafNumber = (i: number): TreeLeaf => ({
  index: fromHex(i.toString(16).padStart(64, "0")),
  commitment: spec.hash(`value ${i}`),
});

/** What somebody who is given only the address and a content store makes of it. */
function unpack(content: readonly { address: Uint8Array; bytes: Uint8Array }[], address: Uint8Array) {
  const store = new Map(content.map(({ address: at, bytes }) => [toHex(at), bytes]));
  const manifest = readManifest(store.get(toHex(address))!);
  if (!manifest.ok) throw new Error(manifest.error);
  const chunks = manifest.value.chunks.map((chunk) => readChunk(store.get(toHex(chunk))!));
  return { manifest: manifest.value, leaves: chunks.flatMap((chunk) => (chunk.ok ? chunk.value : [])), chunks };
}

test("a packed list unpacks to its leaves in order, whatever the order that they came in", () => {
  const property = fc.property(leafSets(0, 30), fc.integer({ min: 1, max: 2 ** 32 }), (leaves, epoch) => {
    const { address, content } = packChanges(suite, LOG, epoch, leaves);
    const unpacked = unpack(content, address);
    const inOrder = [...leaves].sort((a, b) => (toHex(a.index) < toHex(b.index) ? -1 : 1));
    expect(unpacked.leaves).toEqual(inOrder);
    expect([toHex(unpacked.manifest.log), unpacked.manifest.epoch]).toEqual([toHex(LOG), epoch]);
    for (const record of content) {
      expect(toHex(record.address)).toBe(toHex(spec.hash("chhaya content record v1\0", record.bytes)));
      expect(toHex(contentAddress(suite, record.bytes))).toBe(toHex(record.address));
    }
    expect(packChanges(suite, LOG, epoch, [...leaves].reverse())).toEqual({ address, content });
  });
  fc.assert(property, { seed: SEED });
});

test.each([0, 1, 699, 700, 701, 1_400, 1_401])("%i leaves are cut into full chunks and a rest", (count) => {
  const leaves = Array.from({ length: count }, (_, i) => leafNumber(i));
  const { address, content } = packChanges(suite, LOG, 7, leaves);
  const { chunks, leaves: unpacked } = unpack(content, address);
  expect(unpacked).toEqual(leaves);
  const sizes = chunks.map((chunk) => chunk.ok && chunk.value.length);
  const rest = count % CHANGES_PER_CHUNK;
  expect(sizes).toEqual([...new Array(Math.floor(count / CHANGES_PER_CHUNK)).fill(700), ...(rest > 0 ? [rest] : [])]);
});

test("the largest manifest and the largest chunk keep the limit of content", () => {
  expect(CHUNKS_MAX).toBe(1_498);
  const chunks = new Array<Uint8Array>(CHUNKS_MAX).fill(LOG);
  const manifest = encode(manifestWire, { log: LOG, epoch: 2 ** 32, chunks });
  expect(manifest.length).toBeLessThanOrEqual(CONTENT_BYTES_MAX);
  expect(readManifest(manifest).ok).toBe(true);
  const tooMany = encode(manifestWire, { log: LOG, epoch: 1, chunks: [...chunks, LOG] });
  expect(readManifest(tooMany)).toEqual({ ok: false, error: "codec/out-of-range" });
  const chunk = packChanges(
    suite,
    LOG,
    1,
    Array.from({ length: CHANGES_PER_CHUNK }, (_, i) => leafNumber(i)),
  ).content[1]!;
  expect(chunk.bytes.length).toBe(3 + 700 * 64);
  expect(chunk.bytes.length).toBeLessThanOrEqual(CONTENT_BYTES_MAX);
});

test("no changed bit of a chunk or a manifest keeps its address, and what is still read is another list", () => {
  const { content } = packChanges(suite, LOG, 3, [leafNumber(5), leafNumber(9), leafNumber(6)]);
  const [manifest, chunk] = content as unknown as readonly [Content, Content];
  const listed = [readManifest(manifest.bytes), readChunk(chunk.bytes)];
  for (let bit = 0; bit < 8 * chunk.bytes.length; bit++) {
    const changed = flipped(chunk.bytes, bit);
    expect(toHex(contentAddress(suite, changed))).not.toBe(toHex(contentAddress(suite, chunk.bytes)));
    expect(readChunk(changed)).not.toEqual(listed[1]);
  }
  for (let bit = 0; bit < 8 * manifest.bytes.length; bit++) {
    expect(readManifest(flipped(manifest.bytes, bit))).not.toEqual(listed[0]);
  }
});

describe("readers", () => {
  test("are total on any bytes", () => {
    const property = fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(0, 0x40, 0x58, 0x83),
      (noise, head) => {
        const input = head === 0 ? noise : Uint8Array.of(head, ...noise);
        for (const read of [readManifest(input), readChunk(input)]) {
          if (!read.ok) expect(read.error).toMatch(/^codec\/[a-z-]+$/u);
        }
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 1_000 });
  });

  test("refuse a chunk that is empty, too large, out of order, or holds an index twice", () => {
    const chunk = (leaves: readonly TreeLeaf[]): Uint8Array =>
      encode(bytesUpTo(100_000), Uint8Array.from(leaves.flatMap(({ commitment, index }) => [...index, ...commitment])));
    const many = Array.from({ length: CHANGES_PER_CHUNK + 1 }, (_, i) => leafNumber(i));
    expect(readChunk(chunk(many.slice(1))).ok).toBe(true);
    expect(readChunk(chunk([]))).toEqual({ ok: false, error: "codec/out-of-range" });
    expect(readChunk(chunk(many))).toEqual({ ok: false, error: "codec/out-of-range" });
    expect(readChunk(chunk([leafNumber(2), leafNumber(1)]))).toEqual({ ok: false, error: "codec/not-canonical" });
    expect(readChunk(chunk([leafNumber(2), leafNumber(2)]))).toEqual({ ok: false, error: "codec/not-canonical" });
    expect(readChunk(new Uint8Array(CONTENT_BYTES_MAX + 1))).toEqual({ ok: false, error: "codec/too-long" });
  });

  test("refuse a manifest of epoch 0, or of one beyond the last", () => {
    for (const epoch of [0, 2 ** 32 + 1]) {
      const manifest = encode(manifestWire, { log: LOG, epoch, chunks: [] });
      expect(readManifest(manifest)).toEqual({ ok: false, error: "codec/out-of-range" });
    }
  });
});

test("packing an index twice, more than an epoch can add, or epoch 0 is a bug", () => {
  const [a, b] = [leafNumber(1), leafNumber(2)];
  expect(() => packChanges(suite, LOG, 1, [a, b, a])).toThrow(AssertionFailure);
  const across = Array.from({ length: CHANGES_PER_CHUNK }, (_, i) => leafNumber(i));
  expect(() => packChanges(suite, LOG, 1, [...across, across.at(-1)!])).toThrow(AssertionFailure);
  expect(() => packChanges(suite, LOG, 1, new Array<TreeLeaf>(CHANGES_MAX + 1).fill(a))).toThrow(
    "adds too many leaves",
  );
  expect(() => packChanges(suite, LOG, 0, [a])).toThrow(AssertionFailure);
});
