import { describe, expect, test } from "vitest";
import { splitTag } from "../envelope/index.ts";
import {
  ascii,
  portableSuite as suite,
  PROTO_SUITE,
  PROTO_VER,
  ROLE_INITIATOR,
  ROLE_RESPONDER,
  type Suite,
  WIRE_VER,
} from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { same } from "./adversary.testing.ts";
import { CookieJar } from "./cookie.ts";
import { finish, retryWithCookie } from "./initiator.ts";
import { type M1, readM1 } from "./m1.ts";
import { openM1 } from "./responder.ts";
import { sealRetry } from "./retry.ts";
import { complete, firstOneTime, MADE_AT, makeParty, must, start } from "./testing.ts";

const alice = makeParty("alice", 0);
const bob = makeParty("bob", 2);
const oneTime = firstOneTime(bob);
const honest = { initiator: alice, responder: bob, random: countingRandom("r") };
const hello = Uint8Array.of(1, 2, 3);
const refused = { ok: false, error: "handshake/unauthentic" };

const recorded = complete({ ...honest, oneTime, payload: hello, answer: hello });
const answer = splitTag(recorded.accepted.envelope)!.rest;

describe("no downgrade", () => {
  const m1 = must(readM1(suite, bob.introduction, recorded.m1));
  const local = { device: bob.device, prekeys: bob.prekeys, now: MADE_AT };
  const flip = (bytes: Uint8Array, at: number, bit: number) =>
    bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));

  test.each<[string, Partial<M1>]>([
    ["the one-time prekey stripped", { oneTimeId: undefined }],
    ["another one-time prekey", { oneTimeId: oneTime.id + 1 }],
    ["a cookie added", { cookie: new Uint8Array(65) }],
    ["the top bit of e_I, which X25519 ignores", { ephemeral: flip(m1.ephemeral, 31, 7) }],
    ["a bit of the ciphertext", { ciphertext: flip(m1.ciphertext, 700, 3) }],
    ["a bit of the sealed identity", { sealedIdentity: flip(m1.sealedIdentity, 5, 0) }],
    ["a bit of the sealed payload", { sealedPayload: flip(m1.sealedPayload, 5, 0) }],
  ])("%s is refused: the transcript binds it", (_, change) => {
    expect(openM1(suite, local, { ...m1, ...change })).toEqual(refused);
  });

  test("the signed prekey's id is bound, even when it names the same key", () => {
    const twice = [bob.prekeys.signed[0]!, { ...bob.prekeys.signed[0]!, id: 7 }];
    const prekeys = { ...bob.prekeys, signed: twice };
    expect(openM1(suite, { ...local, prekeys }, m1).ok).toBe(true);
    expect(openM1(suite, { ...local, prekeys }, { ...m1, signedId: 7 })).toEqual(refused);
  });

  test("the one-time prekey's id is bound, even when it names the same keys", () => {
    const oneTimes = new Map([...bob.prekeys.oneTime, [99, bob.prekeys.oneTime.get(oneTime.id)!]]);
    const prekeys = { ...bob.prekeys, oneTime: oneTimes };
    expect(openM1(suite, { ...local, prekeys }, { ...m1, oneTimeId: 99 })).toEqual(refused);
  });

  test.each([
    ["signed prekey", bob.bundle.signed.publicKey],
    ["one-time prekey", oneTime.x25519],
    ["KEM prekey", oneTime.kem],
  ])("the value of the %s is bound, not only the secret that it gives", (_, value) => {
    const other = (made: Uint8Array) => (same(made, value) ? flip(made, 31, 7) : made);
    const seesOther: Suite = {
      ...suite,
      x25519Public: (secret) => other(suite.x25519Public(secret)),
      mlKemPublic: (seed) => other(suite.mlKemPublic(seed)),
    };
    expect(openM1(seesOther, local, m1)).toEqual(refused);
  });

  test("a cookie stripped or exchanged is refused", () => {
    const { envelope, state } = start({ ...honest, oneTime });
    const jar = new CookieJar(suite, countingRandom("jar"), MADE_AT);
    const minted = jar.mint("a", state.ephemeralPublic, MADE_AT);
    const { rest } = splitTag(sealRetry(suite, countingRandom("s"), bob.introduction, envelope, minted))!;
    const again = must(retryWithCookie(suite, countingRandom("s"), state, rest, hello));
    const with65 = must(readM1(suite, bob.introduction, again.envelope));
    expect(openM1(suite, local, with65).ok).toBe(true);
    expect(openM1(suite, local, { ...with65, cookie: undefined })).toEqual(refused);
    expect(openM1(suite, local, { ...with65, cookie: flip(with65.cookie!, 64, 0) })).toEqual(refused);
  });

  test.each([
    ["roles", Uint8Array.of(ROLE_INITIATOR, ROLE_RESPONDER), Uint8Array.of(ROLE_RESPONDER, ROLE_INITIATOR)],
    ["suite", ascii(PROTO_SUITE), ascii("X25519:AES-256-GCM")],
    ["version", Uint8Array.of(WIRE_VER, PROTO_VER), Uint8Array.of(WIRE_VER, PROTO_VER - 1)],
  ])("ends that differ in the %s share no key: the transcript binds it", (_, said, heard) => {
    const older: Suite = {
      ...suite,
      sha256: (...parts) => suite.sha256(...parts.map((part) => (same(part, said) ? heard : part))),
    };
    expect(openM1(older, local, m1)).toEqual(refused);
  });

  test("ends that differ in the version share no key: it is in every salt", () => {
    const older: Suite = {
      ...suite,
      hkdfSha256: (ikm, salt, info, length) => suite.hkdfSha256(ikm, flip(salt, 1, 0), info, length),
    };
    expect(openM1(older, local, m1)).toEqual(refused);
  });

  test("an M2 belongs to one M1, and its server random is bound", () => {
    const other = complete({ ...honest, random: countingRandom("other"), oneTime });
    expect(finish(suite, other.state, answer)).toEqual(refused);
    expect(finish(suite, recorded.state, flip(answer, 3, 0))).toEqual(refused);
  });
});
