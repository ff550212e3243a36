import { bytesToHex } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { splitTag } from "../envelope/index.ts";
import { portableSuite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { sealEnvelope } from "./body.ts";
import { uint32 } from "./bytes.ts";
import { advanceChain } from "./chain.ts";
import { ratchetCodec } from "./checkpoint.ts";
import { decodeHeader, encodeHeader, type Header } from "./header.ts";
import { openMessage } from "./open.ts";
import { CHAIN_MESSAGES_MAX, COUNTER_MAX, HEADER_BYTES, SEALED_HEADER_BYTES } from "./policy.ts";
import { startKeys } from "./chain.ts";
import { End, type Envelope, must, payloadOf, QUIET, startPair, TEST_TRANSCRIPT, toySuite } from "./testing.ts";
import { tagAt } from "./tags.ts";

const FUZZ = { seed: 0x0405713e };

/** An envelope by a malicious peer that holds all keys of `from` and says whatever it likes under message `number`. */
function forge(from: End, number: number, change: Partial<Header>, content: Uint8Array): Envelope {
  const { send, previousCount, transcript } = from.state;
  if (send === undefined) throw new Error("forger has no chain");
  const { headerKey, epoch, index, pair } = send;
  const header = { publicKey: pair.publicKey, chain: index, number, previousCount, epoch, ...change };
  const { tag } = tagAt(toySuite, headerKey, number, undefined);
  const messageKey = advanceChain(toySuite, send.key, number - send.count + 1).messageKeys.at(-1);
  if (messageKey === undefined) throw new Error("number was used");
  // Sealing derives the header's key from the number that the header names; the forger does not care.
  const suite: Suite = {
    ...toySuite,
    hkdfSha256(ikm, salt, info, length) {
      const named = ikm === headerKey && info.length === 4;
      return toySuite.hkdfSha256(ikm, salt, named ? uint32(number) : info, length);
    },
  };
  const bucket = content.length > 400 ? 4096 : 512;
  const bytes = sealEnvelope(suite, transcript, { headerKey, messageKey }, tag, header, content, bucket);
  return splitTag(bytes) as Envelope;
}

/** The responder one message into a chain of the initiator, which holds three more to forge. */
function established(): { readonly initiator: End; readonly responder: End } {
  const ends = startPair("hostile");
  for (let i = 0; i < 2; i++) {
    must(ends.responder.open(must(ends.initiator.seal(payloadOf(i), QUIET, 0)), 0));
    must(ends.initiator.open(must(ends.responder.seal(payloadOf(i), QUIET, 0)), 0));
  }
  must(ends.responder.open(must(ends.initiator.seal(payloadOf(9), QUIET, 0)), 0));
  return ends;
}

function outcome(end: End, envelope: Envelope): string {
  const before = end.state;
  const held = encode(ratchetCodec, before);
  const result = end.open(envelope, 0);
  if (!result.ok) {
    expect(end.state).toBe(before);
    expect(encode(ratchetCodec, before)).toEqual(held);
  }
  return result.ok ? "opened" : result.error;
}

const PLAIN = Uint8Array.of(0, 1, 2, 3);

test("a forged but truthful message opens: the forger below is not refused for another reason", () => {
  const { initiator, responder } = established();
  expect(outcome(responder, forge(initiator, 1, {}, PLAIN))).toBe("opened");
});

test.each<[string, Partial<Header>]>([
  ["another chain", { chain: 1 }],
  ["another key in the middle of a chain", { publicKey: new Uint8Array(32).fill(5) }],
  ["another epoch in the middle of a chain", { epoch: 1 }],
  ["another number than its tag's", { number: 2 }],
])("an authenticated header that claims %s is refused", (_, change) => {
  const { initiator, responder } = established();
  expect(outcome(responder, forge(initiator, 1, change, PLAIN))).toBe("ratchet/bad-header");
});

test.each<[string, string, Partial<Header>]>([
  ["a chain further on", "ratchet/bad-header", { chain: 5 }],
  ["an epoch that nobody answered", "ratchet/bad-header", { epoch: 1 }],
  ["a low-order key", "ratchet/bad-header", { publicKey: new Uint8Array(32) }],
  ["fewer messages before than arrived", "ratchet/bad-header", { previousCount: 0 }],
])("an authenticated header that opens a chain and claims %s is refused", (_, code, change) => {
  const { initiator, responder } = established();
  must(initiator.open(must(responder.seal(payloadOf(1), QUIET, 0)), 0));
  must(initiator.seal(payloadOf(2), QUIET, 0));
  expect(outcome(responder, forge(initiator, 1, change, PLAIN))).toBe(code);
  expect(outcome(responder, forge(initiator, 1, {}, PLAIN))).toBe("opened");
});

test("a peer that begins a chain before it heard the last one of this end is refused: steps alternate", () => {
  const { initiator, responder } = established();
  expect(responder.state.send).toBeUndefined();
  // The forger steps on its own: same root, same keys, one chain too many.
  initiator.state = { ...initiator.state, send: undefined };
  expect(outcome(responder, must(initiator.seal(payloadOf(1), QUIET, 0)))).toBe("ratchet/bad-header");
});

test.each<[string, Uint8Array]>([
  ["no control", new Uint8Array(0)],
  ["an unknown control", Uint8Array.of(7, 1, 2)],
  ["a cut offer", Uint8Array.of(1, 0, 0, 0, 1, 9, 9)],
  ["an answer from the initiator", Uint8Array.from([2, ...uint32(1), ...new Uint8Array(1568).fill(3)])],
  ["an offer for an epoch in the future", Uint8Array.from([1, ...uint32(2), ...new Uint8Array(1568).fill(3)])],
  ["an offer of a key that is none", Uint8Array.from([1, ...uint32(1), ...new Uint8Array(1568)])],
])("an authenticated body with %s is refused", (_, content) => {
  const { initiator, responder } = established();
  expect(outcome(responder, forge(initiator, 1, {}, content))).toBe("ratchet/bad-body");
});

test("the responder cannot offer, nor answer what was not offered", () => {
  const { initiator, responder } = established();
  must(initiator.open(must(responder.seal(payloadOf(1), QUIET, 0)), 0));
  const value = new Uint8Array(1568).fill(3);
  for (const kind of [1, 2]) {
    expect(outcome(initiator, forge(responder, 1, {}, Uint8Array.from([kind, ...uint32(1), ...value])))).toBe(
      "ratchet/bad-body",
    );
  }
});

test("every flipped byte of an envelope is refused (header, body and padding are authenticated), and the genuine one still opens", () => {
  const { initiator, responder } = established();
  const envelope = must(initiator.seal(payloadOf(3), QUIET, 0));
  for (let i = 0; i < envelope.rest.length; i++) {
    const rest = Uint8Array.from(envelope.rest);
    rest[i] = (rest[i] as number) ^ (1 << (i % 8));
    const code = i < SEALED_HEADER_BYTES ? "ratchet/bad-header" : "ratchet/bad-body";
    expect(outcome(responder, { tag: envelope.tag, rest })).toBe(code);
  }
  expect(outcome(responder, envelope)).toBe("opened");
});

test("the header of an overtaken message is authenticated by the body alone: any flipped byte of it is refused", () => {
  const { initiator, responder } = established();
  const envelope = must(initiator.seal(payloadOf(3), QUIET, 0));
  must(responder.open(must(initiator.seal(payloadOf(4), QUIET, 0)), 0));
  for (let i = 0; i < SEALED_HEADER_BYTES; i++) {
    const rest = Uint8Array.from(envelope.rest, (byte, at) => (at === i ? byte ^ 0x80 : byte));
    expect(outcome(responder, { tag: envelope.tag, rest })).toBe("ratchet/bad-body");
  }
  expect(outcome(responder, envelope)).toBe("opened");
});

test("what is not the size of an envelope is refused before any key is touched", () => {
  const { initiator, responder } = established();
  const { tag, rest } = must(initiator.seal(payloadOf(3), QUIET, 0));
  for (const cut of [0, 1, 63, 64, 80, rest.length - 1]) {
    expect(outcome(responder, { tag, rest: rest.subarray(0, cut) })).toBe("ratchet/malformed");
  }
});

test("parts of two envelopes do not fit together: tag and header are associated data", () => {
  const { initiator, responder } = established();
  const [a, b] = [must(initiator.seal(payloadOf(3), QUIET, 0)), must(initiator.seal(payloadOf(4), QUIET, 0))];
  const mixed = Uint8Array.from([...a.rest.subarray(0, SEALED_HEADER_BYTES), ...b.rest.subarray(SEALED_HEADER_BYTES)]);
  expect(outcome(responder, { tag: a.tag, rest: mixed })).toBe("ratchet/bad-body");
  expect(outcome(responder, { tag: b.tag, rest: mixed })).toBe("ratchet/bad-header");
  expect(outcome(responder, { tag: b.tag, rest: a.rest })).toBe("ratchet/bad-header");
});

test("the transcript is bound: the same root under another transcript gives unrelated keys", () => {
  const keys = [TEST_TRANSCRIPT, new Uint8Array(32)].map((transcript) => {
    const { initiator } = startPair("transcript");
    return bytesToHex(startKeys(toySuite, initiator.state.root, transcript).openingHeader.expose());
  });
  expect(keys[0]).not.toBe(keys[1]);
  const { initiator, responder } = startPair("transcript");
  const envelope = must(initiator.seal(payloadOf(1), QUIET, 0));
  responder.state = { ...responder.state, transcript: new Uint8Array(32) };
  expect(outcome(responder, envelope)).toBe("ratchet/bad-header");
});

test("any bytes as tag and envelope give a code, never an exception", () => {
  const { initiator, responder } = established();
  const known = must(initiator.seal(payloadOf(3), QUIET, 0)).tag;
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constant(known)),
      fc.oneof(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ minLength: 496, maxLength: 496 })),
      (tag, rest) => {
        const result = openMessage(toySuite, countingRandom("any"), responder.state, tag, rest, 0);
        expect(result.ok).toBe(false);
      },
    ),
    FUZZ,
  );
});

test("header encoding: round trip, exact length, bounded counters", () => {
  const counter = fc.nat(COUNTER_MAX - 1);
  const header = fc.record({
    publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    chain: counter,
    number: fc.nat(CHAIN_MESSAGES_MAX - 1),
    previousCount: fc.nat(CHAIN_MESSAGES_MAX),
    epoch: counter,
  });
  fc.assert(
    fc.property(header, (value) => {
      const bytes = encodeHeader(value);
      expect(bytes).toHaveLength(HEADER_BYTES);
      expect(decodeHeader(bytes)).toEqual(value);
      expect(decodeHeader(bytes.subarray(1))).toBeUndefined();
    }),
    FUZZ,
  );
  const over = {
    chain: COUNTER_MAX,
    number: CHAIN_MESSAGES_MAX,
    previousCount: CHAIN_MESSAGES_MAX + 1,
    epoch: COUNTER_MAX,
  };
  Object.values(over).forEach((value, i) => {
    const bytes = new Uint8Array(HEADER_BYTES);
    expect(decodeHeader(bytes)).toBeDefined();
    bytes.set(uint32(value), 32 + 4 * i);
    expect(decodeHeader(bytes)).toBeUndefined();
  });
});

test("checkpoint decoding is total and canonical", () => {
  const { initiator } = established();
  const bytes = encode(ratchetCodec, initiator.state);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ flip;
      const decoded = decode(ratchetCodec, changed, 100_000);
      if (decoded.ok) expect(encode(ratchetCodec, decoded.value)).toEqual(changed);
    }),
    FUZZ,
  );
});

test("with the real primitives a session of both directions and a KEM epoch works", () => {
  const { initiator, responder } = startPair("real", { suite: portableSuite });
  const policy = { ...QUIET, kemMessages: 2 };
  for (let i = 0; i < 8; i++) {
    const [from, to] = i % 2 === 0 ? [initiator, responder] : [responder, initiator];
    const envelope = must(from.seal(payloadOf(i), policy, 0));
    expect(must(to.open(envelope, 0))).toEqual(payloadOf(i));
  }
  expect(responder.state.kem.epoch).toBeGreaterThan(0);
});
