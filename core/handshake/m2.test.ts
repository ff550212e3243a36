import fc from "fast-check";
import { expect, test } from "vitest";
import { BUCKETS, ENVELOPE_BYTES_MAX, splitTag } from "../envelope/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { finish } from "./initiator.ts";
import { m2Capacity } from "./m2.ts";
import { acceptM1 } from "./responder.ts";
import { complete, makeParty, must, open, start } from "./testing.ts";

const SEED = 0x3227;
const alice = makeParty("alice", 0);
const bob = makeParty("bob", 0);

test("an answer of exactly the capacity fits its bucket and arrives", () => {
  for (const size of BUCKETS.filter((bucket) => m2Capacity(bucket) > 0)) {
    const { envelope, state } = start({ initiator: alice, responder: bob, random: countingRandom("r") });
    const opened = must(open(bob, envelope));
    const answer = countingRandom("answer").bytes(m2Capacity(size));
    const accepted = must(acceptM1(suite, countingRandom("b"), opened.pending, answer));
    expect(accepted.envelope).toHaveLength(size);
    const { payload } = must(finish(suite, state, splitTag(accepted.envelope)!.rest));
    expect(Buffer.from(payload).equals(answer)).toBe(true);
  }
  expect(m2Capacity(ENVELOPE_BYTES_MAX)).toBeGreaterThan(60_000);
  expect(m2Capacity(1024)).toBe(0);
});

test("M2 comes under the tag that the initiator expects", () => {
  const { accepted, state } = complete({ initiator: alice, responder: bob, random: countingRandom("r") });
  expect(splitTag(accepted.envelope)!.tag).toBe(state.answerTag);
});

test("any flipped byte after the tag, any cut and any other bytes are refused", () => {
  const { accepted, state } = complete({ initiator: alice, responder: bob, random: countingRandom("r") });
  const { rest } = splitTag(accepted.envelope)!;
  const refused = { ok: false, error: "handshake/unauthentic" };
  fc.assert(
    fc.property(fc.nat(rest.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = rest.slice();
      changed[at]! ^= change;
      expect(finish(suite, state, changed)).toEqual(refused);
      expect(finish(suite, state, rest.subarray(0, at))).toEqual(refused);
    }),
    { seed: SEED, numRuns: 60 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(finish(suite, state, bytes)).toEqual(refused);
    }),
    { seed: SEED, numRuns: 60 },
  );
  expect(finish(suite, state, rest).ok).toBe(true);
});
