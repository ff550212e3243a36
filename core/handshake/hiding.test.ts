import { describe, expect, test } from "vitest";
import { unveil } from "../envelope/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { CookieJar } from "./cookie.ts";
import { readM1 } from "./m1.ts";
import { sealRetry } from "./retry.ts";
import { complete, EMPTY_BYTES, firstOneTime, MADE_AT, makeParty, must, type Party } from "./testing.ts";

const alice = makeParty("alice", 0);
const bob = makeParty("bob", 2);
const oneTime = firstOneTime(bob);
const honest = { initiator: alice, responder: bob, random: countingRandom("r") };
const hello = Uint8Array.of(1, 2, 3);

const recorded = complete({ ...honest, oneTime, payload: hello, answer: hello });

describe("identity hiding", () => {
  const needles = (party: Party) => {
    const { account, identity, signature, signing } = party.device.certificate;
    return [account, identity, signature, signing].map((bytes) => Buffer.from(bytes));
  };
  const under = Buffer.from(unveil(suite, bob.introduction, "m1", EMPTY_BYTES, recorded.m1)!);

  test("nothing of the initiator's certificate is in M1 or M2, not even under the veil that card holders take off", () => {
    for (const needle of needles(alice)) {
      for (const bytes of [Buffer.from(recorded.m1), under, Buffer.from(recorded.accepted.envelope)]) {
        for (let at = 0; at + 8 <= needle.length; at++) expect(bytes.includes(needle.subarray(at, at + 8))).toBe(false);
      }
    }
  });

  test("nothing of the responder's keys, and neither ephemeral key, is in clear", () => {
    const ephemerals = [recorded.state.ephemeralPublic, recorded.accepted.session.mine.publicKey];
    const public32 = [...needles(bob), ...ephemerals.map((bytes) => Buffer.from(bytes))];
    for (const needle of public32) {
      for (const bytes of [recorded.m1, recorded.accepted.envelope]) {
        expect(Buffer.from(bytes).includes(needle.subarray(0, 8))).toBe(false);
      }
    }
  });

  test("the stated limit: who holds the card sees e_I and the prekey ids, and that M1 is for this device", () => {
    const seen = must(readM1(suite, bob.introduction, recorded.m1));
    expect(seen.ephemeral).toEqual(recorded.state.ephemeralPublic);
    expect([seen.signedId, seen.oneTimeId]).toEqual([0, oneTime.id]);
  });

  test("M1, M2 and retries look random: over many runs every bit takes both values", { timeout: 60_000 }, () => {
    const random = countingRandom("many");
    const jar = new CookieJar(suite, random, MADE_AT);
    const zeros: Record<string, Uint8Array> = {};
    const ones: Record<string, Uint8Array> = {};
    const note = (name: string, bytes: Uint8Array) => {
      zeros[name] ??= new Uint8Array(bytes.length);
      ones[name] ??= new Uint8Array(bytes.length);
      bytes.forEach((byte, i) => {
        zeros[name]![i]! |= ~byte;
        ones[name]![i]! |= byte;
      });
    };
    for (let run = 0; run < 24; run++) {
      const { accepted, m1, state } = complete({ ...honest, random });
      note("m1", m1);
      note("m2", accepted.envelope);
      const minted = jar.mint("a", state.ephemeralPublic, MADE_AT);
      note("retry", sealRetry(suite, random, bob.introduction, m1, minted));
    }
    for (const name of ["m1", "m2", "retry"]) {
      expect(zeros[name]!.every((byte) => byte === 0xff)).toBe(true);
      expect(ones[name]!.every((byte) => byte === 0xff)).toBe(true);
    }
  });
});
