import { expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { BUCKETS, DELIVERY_TAG_BYTES, ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import { ratchetCodec } from "./checkpoint.ts";
import {
  CHAIN_MESSAGES_MAX,
  COUNTER_MAX,
  DEFAULT_RATCHET_POLICY,
  ENVELOPE_OVERHEAD_BYTES,
  KEM_REPEAT_MESSAGES,
  PAYLOAD_BYTES_MAX,
  SKIPPED_KEY_AGE_MS_MAX,
  SKIPPED_KEYS_MAX,
} from "./policy.ts";
import { expireSkipped } from "./open.ts";
import { wipeRatchet } from "./state.ts";
import { End, type Envelope, must, payloadOf, QUIET, startPair } from "./testing.ts";

/** Sends `count` messages, of which only the last arrives. */
function overtake(from: End, to: End, count: number, now: number): Envelope[] {
  const envelopes = Array.from({ length: count }, (_, i) => must(from.seal(payloadOf(i), QUIET, now)));
  must(to.open(envelopes.pop() as Envelope, now));
  return envelopes;
}

function answer(from: End, to: End, now = 0): void {
  must(to.open(must(from.seal(payloadOf(0), QUIET, now)), now));
}

test("overtaken messages are bounded in number: the oldest are dropped first, and their tags with them", () => {
  const { initiator, responder } = startPair("many");
  const missing: Envelope[] = [];
  while (missing.length < SKIPPED_KEYS_MAX + 40) {
    missing.push(...overtake(initiator, responder, CHAIN_MESSAGES_MAX, 0));
    answer(responder, initiator);
  }
  expect(responder.state.skipped).toHaveLength(SKIPPED_KEYS_MAX);
  const [lost, kept] = [missing.slice(0, -SKIPPED_KEYS_MAX), missing.slice(-SKIPPED_KEYS_MAX)];
  for (const envelope of lost) {
    expect(responder.tags.has(envelope.tag)).toBe(false);
    expect(responder.open(envelope, 0)).toEqual({ ok: false, error: "ratchet/unknown-tag" });
  }
  for (const envelope of kept.reverse()) must(responder.open(envelope, 0));
  expect(responder.state.skipped).toHaveLength(0);
});

test("overtaken messages are bounded in age, by opening and by expireSkipped", () => {
  const late = SKIPPED_KEY_AGE_MS_MAX + 1;
  for (const how of ["open", "expire"] as const) {
    const { initiator, responder } = startPair("age");
    const [envelope] = overtake(initiator, responder, 2, 0) as [Envelope];
    expect(expireSkipped(responder.state, late - 1)).toBeUndefined();
    const { key } = responder.state.skipped[0] ?? {};
    if (how === "open") answer(initiator, responder, late);
    if (how === "expire") {
      const expired = expireSkipped(responder.state, late);
      expect(expired?.tags.removed).toEqual([envelope.tag]);
      expect(expired?.spent).toEqual([key]);
      continue;
    }
    expect(responder.tags.has(envelope.tag)).toBe(false);
    expect(key?.wiped).toBe(true);
    expect(responder.open(envelope, late)).toEqual({ ok: false, error: "ratchet/unknown-tag" });
  }
});

test("a clock that was far ahead when a key was kept does not make it immortal", () => {
  const { initiator, responder } = startPair("clock");
  overtake(initiator, responder, 2, 10 * SKIPPED_KEY_AGE_MS_MAX);
  expect(expireSkipped(responder.state, 0)?.state.skipped).toEqual([]);
});

test("a session ends by number of messages and by age, for sealing", () => {
  const { initiator } = startPair("ends");
  const policy = { ...QUIET, sessionMessages: 2, sessionMs: 1_000 };
  must(initiator.seal(payloadOf(0), policy, 999));
  expect(initiator.seal(payloadOf(0), policy, 1_000)).toEqual({ ok: false, error: "ratchet/expired" });
  must(initiator.seal(payloadOf(0), policy, 0));
  expect(initiator.seal(payloadOf(0), policy, 0)).toEqual({ ok: false, error: "ratchet/expired" });
});

test("chain indices stop at the counter's bound, at both ends", () => {
  const { initiator, responder } = startPair("counters");
  answer(initiator, responder);
  answer(responder, initiator);
  const before = initiator.state;
  initiator.state = { ...before, sendIndex: COUNTER_MAX - 1 };
  expect(initiator.seal(payloadOf(0), QUIET, 0)).toEqual({ ok: false, error: "ratchet/exhausted" });
  const { receive } = responder.state;
  if (receive === undefined) throw new Error("responder heard nothing");
  initiator.state = before;
  const sealed = must(initiator.seal(payloadOf(0), QUIET, 0));
  responder.state = { ...responder.state, receive: { ...receive, index: COUNTER_MAX - 1 } };
  expect(responder.open(sealed, 0)).toEqual({ ok: false, error: "ratchet/exhausted" });
});

test("an envelope is exactly one bucket, the smallest that holds it; the longest payload fits", () => {
  const { initiator, responder } = startPair("sizes");
  for (const bucket of BUCKETS) {
    for (const length of [bucket - ENVELOPE_OVERHEAD_BYTES, bucket - ENVELOPE_OVERHEAD_BYTES + 1]) {
      const sealed = initiator.seal(payloadOf(1, length), QUIET, 0);
      if (length > PAYLOAD_BYTES_MAX) {
        expect(sealed).toEqual({ ok: false, error: "ratchet/too-long" });
        continue;
      }
      const size = must(sealed).rest.length + DELIVERY_TAG_BYTES;
      expect(size).toBe(BUCKETS.find((candidate) => candidate >= length + ENVELOPE_OVERHEAD_BYTES));
      expect(must(responder.open(must(sealed), 0))).toEqual(payloadOf(1, length));
    }
  }
  expect(PAYLOAD_BYTES_MAX).toBe(ENVELOPE_BYTES_MAX - ENVELOPE_OVERHEAD_BYTES);
});

test("a pending offer rides on the first message of a chain and on every eighth, and not where it does not fit", () => {
  const { initiator } = startPair("repeat");
  const policy = { ...DEFAULT_RATCHET_POLICY, kemMessages: 0 };
  const carried = (length: number): boolean => must(initiator.seal(payloadOf(0, length), policy, 0)).rest.length > 512;
  const pattern = Array.from({ length: 2 * KEM_REPEAT_MESSAGES + 1 }, () => carried(4));
  expect(pattern).toEqual(pattern.map((_, i) => i % KEM_REPEAT_MESSAGES === 0));
  for (let i = 1; i < KEM_REPEAT_MESSAGES; i++) carried(4);
  must(initiator.seal(payloadOf(0, PAYLOAD_BYTES_MAX), policy, 0));
  expect(carried(4)).toBe(true);
});

test("a KEM epoch begins by time too", () => {
  const { initiator, responder } = startPair("time");
  const policy = { ...QUIET, kemMs: 1_000 };
  must(responder.open(must(initiator.seal(payloadOf(0), policy, 999)), 999));
  expect(initiator.state.kem.phase.kind).toBe("idle");
  must(responder.open(must(initiator.seal(payloadOf(0), policy, 1_000)), 1_000));
  expect(initiator.state.kem.phase.kind).toBe("offering");
  expect(responder.state.kem.phase.kind).toBe("answering");
});

test("checkpoints are small, and so is the set of recognised tags", () => {
  const { initiator, responder } = startPair("figures");
  let [bytes, tags] = [0, 0];
  for (let i = 0; i < 200; i++) {
    const [from, to] = i % 7 < 4 ? [initiator, responder] : [responder, initiator];
    answer(from, to, 1_700_000_000_000 + i);
    for (const end of [initiator, responder]) {
      bytes = Math.max(bytes, encode(ratchetCodec, end.state).length);
      tags = Math.max(tags, end.tags.size);
    }
  }
  expect(bytes).toBeLessThan(500);
  expect(tags).toBe(2 * CHAIN_MESSAGES_MAX);
});

test("wipeRatchet wipes every secret", () => {
  const { initiator, responder } = startPair("wipe");
  overtake(initiator, responder, 5, 0);
  wipeRatchet(responder.state);
  expect(() => encode(ratchetCodec, responder.state)).toThrow("wiped");
  const { root, nextReceivingHeader, nextSendingHeader, receive, skipped, send } = responder.state;
  const all = [root, nextReceivingHeader, nextSendingHeader, receive?.key, receive?.headerKey, send?.key];
  for (const secret of [...all, ...skipped.map((entry) => entry.key)]) expect(secret?.wiped ?? true).toBe(true);
});
