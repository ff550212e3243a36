import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { splitTag } from "../envelope/index.ts";
import { Secret, wipeAll } from "../safety/index.ts";
import { type EarlyState, earlyCodec, earlyTags, openEarly, sealEarly, startEarly, wipeEarly } from "./early.ts";
import { EARLY_MESSAGES_MAX, PAYLOAD_BYTES_MAX } from "./policy.ts";
import { type Envelope, must, payloadOf, TEST_TRANSCRIPT, toySuite } from "./testing.ts";

const RUNS = { seed: 0x0ea7, numRuns: 40 };

function start(): EarlyState {
  return startEarly(toySuite, new Secret(new Uint8Array(32).fill(9)), TEST_TRANSCRIPT);
}

/** Every envelope that one early chain can make. */
function sealAll(): Envelope[] {
  let state = start();
  return Array.from({ length: EARLY_MESSAGES_MAX }, (_, i) => {
    const sealed = must(sealEarly(toySuite, state, payloadOf(i, i * 20)));
    state = sealed.state;
    wipeAll(sealed.spent);
    return splitTag(sealed.envelope) as Envelope;
  });
}

test("early messages open exactly once, in any order, across restarts; tags are recognised until then", () => {
  const envelopes = sealAll();
  const order = fc.shuffledSubarray(envelopes.map((_, i) => i));
  fc.assert(
    fc.property(order, (indices) => {
      let state = start();
      let tags = new Set(earlyTags(toySuite, state));
      for (const i of indices) {
        const { tag, rest } = envelopes[i] as Envelope;
        expect(tags.has(tag)).toBe(true);
        const bad = Uint8Array.from(rest, (byte, at) => (at === 100 ? byte ^ 1 : byte));
        expect(openEarly(toySuite, state, tag, bad)).toEqual({ ok: false, error: "ratchet/bad-body" });
        const opened = must(openEarly(toySuite, state, tag, rest));
        expect(opened.payload).toEqual(payloadOf(i, i * 20));
        wipeAll(opened.spent);
        state = must(decode(earlyCodec, encode(earlyCodec, opened.state), 10_000));
        for (const removed of opened.tags.removed) tags.delete(removed);
        expect(new Set(earlyTags(toySuite, state))).toEqual(tags);
        expect(openEarly(toySuite, state, tag, rest)).toEqual({ ok: false, error: "ratchet/unknown-tag" });
      }
      tags = new Set();
    }),
    RUNS,
  );
});

test("the early chain is bounded, and so is its payload", () => {
  let state = start();
  expect(sealEarly(toySuite, state, new Uint8Array(PAYLOAD_BYTES_MAX + 1))).toEqual({
    ok: false,
    error: "ratchet/too-long",
  });
  for (let i = 0; i < EARLY_MESSAGES_MAX; i++) state = must(sealEarly(toySuite, state, payloadOf(i))).state;
  expect(sealEarly(toySuite, state, payloadOf(0))).toEqual({ ok: false, error: "ratchet/window-full" });
});

test("any flipped byte is refused, and the transcript is bound", () => {
  const [{ tag, rest }] = sealAll() as [Envelope];
  const state = start();
  for (let i = 0; i < rest.length; i++) {
    const changed = Uint8Array.from(rest, (byte, at) => (at === i ? byte ^ 0x10 : byte));
    expect(openEarly(toySuite, state, tag, changed).ok).toBe(false);
  }
  const other = { ...state, transcript: new Uint8Array(32) };
  expect(openEarly(toySuite, other, tag, rest)).toEqual({ ok: false, error: "ratchet/bad-header" });
  expect(openEarly(toySuite, state, tag, rest.subarray(1))).toEqual({ ok: false, error: "ratchet/malformed" });
  must(openEarly(toySuite, state, tag, rest));
});

test("forward secrecy of the early chain: a state opens nothing that it opened before", () => {
  const envelopes = sealAll();
  let state = start();
  for (const { tag, rest } of envelopes.slice(0, 5)) state = must(openEarly(toySuite, state, tag, rest)).state;
  for (const { tag, rest } of envelopes.slice(0, 5)) expect(openEarly(toySuite, state, tag, rest).ok).toBe(false);
  wipeEarly(state);
  expect(() => encode(earlyCodec, state)).toThrow("wiped");
});
