import { bytesToHex } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { Secret } from "../safety/index.ts";
import { portableSuite, ROLE_INITIATOR, ROLE_RESPONDER, type Role, x25519KeyPair } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { ratchetCodec } from "./checkpoint.ts";
import { earlyTags, sealEarly, startEarly } from "./early.ts";
import { decodeHeader, encodeHeader } from "./header.ts";
import { receivingTags } from "./recognised.ts";
import { startRatchet } from "./start.ts";
import { End, must, payloadOf, QUIET } from "./testing.ts";
import vectors from "./vectors.json" with { type: "json" };

/** Recomputes the fixtures. Randomness is SHA-256 of "name:0", "name:1", … for each named stream. */
function recompute(): typeof vectors {
  const suite = portableSuite;
  const fixed = countingRandom("ratchet vectors");
  const transcript = fixed.bytes(32);
  const root = fixed.bytes(32);
  const early = fixed.bytes(32);
  const pairs = { [ROLE_INITIATOR]: x25519KeyPair(suite, fixed), [ROLE_RESPONDER]: x25519KeyPair(suite, fixed) };
  const seed = {
    transcript: bytesToHex(transcript),
    root: bytesToHex(root),
    initiatorSecret: bytesToHex(pairs[ROLE_INITIATOR].secret.expose()),
    responderSecret: bytesToHex(pairs[ROLE_RESPONDER].secret.expose()),
    early: bytesToHex(early),
  };
  const end = (role: Role, peer: Role, stream: string): End => {
    const random = countingRandom(stream);
    const theirs = pairs[peer].publicKey;
    const fields = { role, root: Secret.copyOf(root), transcript, mine: pairs[role], theirs };
    return new End(suite, random, startRatchet(suite, fields, 0));
  };
  const initiator = end(ROLE_INITIATOR, ROLE_RESPONDER, "initiator");
  const responder = end(ROLE_RESPONDER, ROLE_INITIATOR, "responder");
  const start = {
    initiatorTags: receivingTags(suite, initiator.state).slice(0, 4),
    responderTags: receivingTags(suite, responder.state).slice(0, 4),
  };

  // The responder speaks first; the initiator's third message offers a KEM key, its fifth chain mixes the secret.
  const policy = { ...QUIET, kemMessages: 4 };
  const messages = ["R", "I", "I", "R", "I", "R", "I", "R", "I"].map((from, i) => {
    const [sender, receiver] = from === "I" ? [initiator, responder] : [responder, initiator];
    const payload = payloadOf(i, 8 * i);
    const sealed = must(sender.seal(payload, policy, 1000 * i));
    expect(must(receiver.open(sealed, 1000 * i))).toEqual(payload);
    return { from, payload: bytesToHex(payload), envelope: sealed.tag + bytesToHex(sealed.rest) };
  });
  const checkpoints = {
    initiator: bytesToHex(encode(ratchetCodec, initiator.state)),
    responder: bytesToHex(encode(ratchetCodec, responder.state)),
  };

  const header = { chain: 1, number: 2, previousCount: 3, epoch: 4 };
  const encoded = encodeHeader({ publicKey: pairs[ROLE_INITIATOR].publicKey, ...header });
  expect(decodeHeader(encoded)).toMatchObject(header);

  let state = startEarly(suite, new Secret(early), transcript);
  const tags = earlyTags(suite, state).slice(0, 4);
  const envelopes = [0, 1].map((i) => {
    const sealed = must(sealEarly(suite, state, payloadOf(i, 8)));
    state = sealed.state;
    return { payload: bytesToHex(payloadOf(i, 8)), envelope: bytesToHex(sealed.envelope) };
  });
  return {
    seed,
    start,
    header: { ...header, encoded: bytesToHex(encoded) },
    messages,
    checkpoints,
    early: { tags, envelopes },
  };
}

test("the fixtures for other implementations are what this one computes", () => {
  expect(recompute()).toEqual(vectors);
});
