import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { ANCHOR_BYTES, appendRecord, LOG_RECORD_BYTES_MAX, RECORD_HEADER_BYTES, startGeneration } from "./index.ts";
import { chainAfter, decodeAnchor, encodeAnchor, genesisChain, type LogHead } from "./record.ts";
import vectors from "./vectors.json" with { type: "json" };

const SEED = 0x106;
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** SPEC.md once more, with node:crypto and nothing of the code under test. */
const spec = {
  header(length: number, generation: number, sequence: number): Buffer {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(length, 0);
    bytes.writeUInt32BE(generation, 4);
    bytes.writeBigUInt64BE(BigInt(sequence), 8);
    return bytes;
  },
  hash: (...parts: (string | Uint8Array)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest(),
  genesis: (generation: number): Buffer => spec.hash("chhaya log genesis v1\0", spec.header(0, generation, 0)),
  chain: (previous: Uint8Array, generation: number, sequence: number, payload: Uint8Array): Buffer =>
    spec.hash("chhaya log record v1\0", previous, spec.header(payload.length, generation, sequence), payload),
  anchor(generation: number, sequence: number, chain: Uint8Array): Buffer {
    const body = Buffer.concat([spec.header(0, generation, sequence).subarray(4), chain]);
    return Buffer.concat([body, spec.hash("chhaya log anchor v1\0", body).subarray(0, 8)]);
  },
};

test("the encodings are pinned, and follow the specification", () => {
  let last: LogHead | undefined;
  for (const vector of vectors.records) {
    const payload = fromHex(vector.payload);
    const { generation, sequence } = vector;
    const made =
      sequence === 0 ? startGeneration(suite, generation, payload) : appendRecord(suite, last as LogHead, payload);
    const previous = sequence === 0 ? spec.genesis(generation) : (last as LogHead).chain;
    const chain = spec.chain(previous, generation, sequence, payload);
    expect(toHex(chain)).toBe(vector.chain);
    expect(toHex(Buffer.concat([spec.header(payload.length, generation, sequence), chain, payload]))).toBe(
      vector.record,
    );
    expect(toHex(spec.anchor(generation, sequence, chain))).toBe(vector.anchor);
    expect([toHex(made.bytes), toHex(made.anchor)]).toEqual([vector.record, vector.anchor]);
    expect(made.head).toEqual({ generation, sequence, chain: fromHex(vector.chain) });
    last = made.head;
  }
  expect([RECORD_HEADER_BYTES, ANCHOR_BYTES, LOG_RECORD_BYTES_MAX]).toEqual([48, 52, 67_108_864]);
});

test("any record is a header of 48 bytes and its payload, and chains to the one before", () => {
  const payload = fc.uint8Array({ maxLength: 300 });
  const generations = fc.integer({ min: 1, max: 0xffffffff });
  const property = fc.property(generations, payload, payload, (generation, first, second) => {
    const snapshot = startGeneration(suite, generation, first);
    const chain = spec.chain(spec.genesis(generation), generation, 0, first);
    expect(toHex(snapshot.bytes)).toBe(toHex(Buffer.concat([spec.header(first.length, generation, 0), chain, first])));
    const next = appendRecord(suite, snapshot.head, second);
    const chained = spec.chain(chain, generation, 1, second);
    expect(toHex(next.bytes)).toBe(toHex(Buffer.concat([spec.header(second.length, generation, 1), chained, second])));
    expect(toHex(next.anchor)).toBe(toHex(spec.anchor(generation, 1, chained)));
  });
  fc.assert(property, { seed: SEED });
});

test("a chain value depends on the previous one, the generation, the sequence and the payload, and on nothing twice", () => {
  const [previous, payload] = [new Uint8Array(32).fill(1), Uint8Array.of(1, 2, 3)];
  const values = [
    chainAfter(suite, previous, 1, 1, payload),
    chainAfter(suite, new Uint8Array(32).fill(2), 1, 1, payload),
    chainAfter(suite, previous, 2, 1, payload),
    chainAfter(suite, previous, 1, 2, payload),
    chainAfter(suite, previous, 1, 1, Uint8Array.of(1, 2)),
    chainAfter(suite, previous, 1, 1, Uint8Array.of(1, 2, 4)),
    genesisChain(suite, 1),
    genesisChain(suite, 2),
  ].map(toHex);
  expect(new Set(values).size).toBe(values.length);
});

describe("an anchor", () => {
  const heads = fc.record({
    generation: fc.integer({ min: 0, max: 0xffffffff }),
    sequence: fc.maxSafeNat(),
    chain: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });

  test("gives back the head that it was made of, also from a view or a Buffer, in memory of its own", () => {
    const property = fc.property(heads, (head) => {
      const around = Buffer.alloc(ANCHOR_BYTES + 9, 0xa5);
      around.set(encodeAnchor(suite, head), 5);
      const decoded = decodeAnchor(suite, around.subarray(5, 5 + ANCHOR_BYTES));
      around.fill(0);
      expect(decoded).toEqual(head);
    });
    fc.assert(property, { seed: SEED });
  });

  test("is refused with any bit flipped, cut anywhere, or longer", () => {
    const anchor = fromHex((vectors.records[2] as (typeof vectors.records)[number]).anchor);
    expect(decodeAnchor(suite, anchor)).toBeDefined();
    for (let bit = 0; bit < 8 * anchor.length; bit++) {
      const altered = anchor.slice();
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeAnchor(suite, altered)).toBeUndefined();
    }
    for (let cut = 0; cut < anchor.length; cut++) expect(decodeAnchor(suite, anchor.subarray(0, cut))).toBeUndefined();
    expect(decodeAnchor(suite, Uint8Array.of(...anchor, 0))).toBeUndefined();
  });

  test("is refused when it counts beyond what a number holds, though its checksum is right", () => {
    const chain = new Uint8Array(32);
    for (const [sequence, accepted] of [
      [BigInt(Number.MAX_SAFE_INTEGER), true],
      [BigInt(Number.MAX_SAFE_INTEGER) + 1n, false],
      [2n ** 64n - 1n, false],
    ] as const) {
      const body = Buffer.alloc(44);
      body.writeUInt32BE(1, 0);
      body.writeBigUInt64BE(sequence, 4);
      body.set(chain, 12);
      const anchor = Buffer.concat([body, spec.hash("chhaya log anchor v1\0", body).subarray(0, 8)]);
      expect(decodeAnchor(suite, anchor) !== undefined).toBe(accepted);
    }
  });

  test("is total on any bytes", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      expect(decodeAnchor(suite, bytes)).toBeUndefined();
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});

test("a record keeps no hold of its payload", () => {
  const payload = Uint8Array.of(1, 2, 3);
  const first = startGeneration(suite, 1, payload);
  const before = toHex(first.bytes);
  payload.fill(0);
  first.head.chain.fill(0);
  expect(toHex(first.bytes)).toBe(before);
});

test("a payload or a generation beyond its limit is a bug", () => {
  const { head } = startGeneration(suite, 1, new Uint8Array(0));
  const excessive = new Uint8Array(LOG_RECORD_BYTES_MAX + 1);
  expect(() => startGeneration(suite, 1, excessive)).toThrow(AssertionFailure);
  expect(() => appendRecord(suite, head, excessive)).toThrow(AssertionFailure);
  for (const generation of [0, -1, 1.5, 2 ** 32]) {
    expect(() => startGeneration(suite, generation, new Uint8Array(0))).toThrow(AssertionFailure);
  }
});
