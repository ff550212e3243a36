import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUCKETS, ENVELOPE_BYTES_MAX, unpad, unveil, veil } from "../envelope/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { HEADS_BYTES_MAX, type M1, m1Bucket, m1Capacity, m1Id, padFirstMessage, readM1, sealM1 } from "./m1.ts";
import { firstOneTime, makeParty, must, open, start } from "./testing.ts";

const SEED = 0x3117;
const alice = makeParty("alice", 0);
const bob = makeParty("bob", 1);
const EMPTY = new Uint8Array(0);

function under(envelope: Uint8Array): Uint8Array {
  return unveil(suite, bob.introduction, "m1", EMPTY, envelope)!;
}

describe("size", () => {
  test("the overhead bound holds for the largest M1: every id, heads and cookie at their maximum", () => {
    for (const heads of [0, HEADS_BYTES_MAX]) {
      for (const size of BUCKETS.filter((bucket) => m1Capacity(bucket, heads) > 0)) {
        const m1: M1 = {
          ephemeral: new Uint8Array(32),
          signedId: 2 ** 32 - 1,
          oneTimeId: 2 ** 32 - 1,
          ciphertext: new Uint8Array(1568),
          cookie: new Uint8Array(65),
          // Certificate 205 with the longest times, KEM key 1571, time 9, heads with their length, and a GCM tag.
          sealedIdentity: new Uint8Array(1 + 205 + 1571 + 9 + 3 + heads + 16),
          sealedPayload: new Uint8Array(padFirstMessage(EMPTY, size, heads).length + 16),
        };
        expect(sealM1(suite, countingRandom("x"), bob.introduction, m1, size)).toHaveLength(size);
      }
    }
  });

  test("a payload of exactly the capacity fits its bucket and arrives; one byte more takes the next", () => {
    for (const [heads, size] of [
      [0, 4096],
      [0, ENVELOPE_BYTES_MAX],
      [HEADS_BYTES_MAX, 8192],
    ] as const) {
      const capacity = m1Capacity(size, heads);
      expect(m1Bucket(capacity, heads)).toBe(size);
      expect(m1Bucket(capacity + 1, heads)).toBe(BUCKETS[BUCKETS.indexOf(size) + 1]);
      const payload = countingRandom("payload").bytes(capacity);
      const options = { initiator: alice, responder: bob, random: countingRandom("r"), payload };
      const { envelope } = start({ ...options, heads: new Uint8Array(heads).fill(1) });
      expect(envelope).toHaveLength(size);
      const opened = must(open(bob, envelope));
      expect(Buffer.from(opened.payload).equals(payload)).toBe(true);
      expect(opened.heads).toEqual(new Uint8Array(heads).fill(1));
    }
  });

  test("no bucket holds a negative capacity", () => {
    expect(BUCKETS.map((size) => m1Capacity(size, HEADS_BYTES_MAX)).slice(0, 3)).toEqual([0, 0, 0]);
  });

  test("who sees under the veil does not see the length of the first message: it is padded under K2", () => {
    const lengths = [0, 1, 100, m1Capacity(4096, 0)].map((length) => {
      const payload = new Uint8Array(length);
      const { envelope } = start({ initiator: alice, responder: bob, random: countingRandom("r"), payload });
      const m1 = must(readM1(suite, bob.introduction, envelope));
      return [envelope.length, unpad(under(envelope))!.length, m1.sealedPayload.length].join();
    });
    expect(new Set(lengths).size).toBe(1);
  });
});

describe("reading", () => {
  test("any bytes give an M1 or a code, never an exception", () => {
    const random = countingRandom("veil");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        expect(readM1(suite, bob.introduction, bytes).ok).toBe(false);
        const padded = new Uint8Array(4096 - 32);
        padded.set(bytes);
        padded[bytes.length] = 0x80;
        const veiled = veil(suite, random, bob.introduction, "m1", EMPTY, padded);
        expect(readM1(suite, bob.introduction, veiled).ok).toBe(false);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test("any flipped byte of the envelope is refused before anything is decoded", () => {
    const { envelope } = start({ initiator: alice, responder: bob, random: countingRandom("r") });
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = envelope.slice();
        changed[at]! ^= change;
        expect(readM1(suite, bob.introduction, changed)).toEqual({ ok: false, error: "handshake/unreadable" });
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test("another device's introduction does not take off the veil", () => {
    const { envelope } = start({ initiator: alice, responder: bob, random: countingRandom("r") });
    expect(readM1(suite, alice.introduction, envelope)).toEqual({ ok: false, error: "handshake/unreadable" });
  });

  test("a length that is no bucket is refused", () => {
    const veiled = veil(suite, countingRandom("v"), bob.introduction, "m1", EMPTY, new Uint8Array(4096));
    expect(readM1(suite, bob.introduction, veiled)).toEqual({ ok: false, error: "handshake/unreadable" });
  });
});

test("the id survives another veil and a cookie, and nothing else", () => {
  const options = { initiator: alice, responder: bob, oneTime: firstOneTime(bob) };
  const { envelope, state } = start({ ...options, random: countingRandom("r") });
  const m1 = must(readM1(suite, bob.introduction, envelope));
  expect(m1Id(suite, m1)).toEqual(state.id);
  const again = veil(suite, countingRandom("again"), bob.introduction, "m1", EMPTY, under(envelope));
  expect(again).not.toEqual(envelope);
  expect(m1Id(suite, must(readM1(suite, bob.introduction, again)))).toEqual(state.id);
  expect(start({ ...options, random: countingRandom("s") }).state.id).not.toEqual(state.id);
});
