import { describe, expect, test } from "vitest";
import { splitTag } from "../envelope/index.ts";
import { rotateSigned } from "../identity/index.ts";
import { portableSuite as suite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { ignorantOf, type Share } from "./adversary.testing.ts";
import { finish } from "./initiator.ts";
import { complete, firstOneTime, MADE_AT, makeParty, must, open, type Party, start } from "./testing.ts";

const alice = makeParty("alice", 0);
const bob = makeParty("bob", 2);
const oneTime = firstOneTime(bob);
const honest = { initiator: alice, responder: bob, random: countingRandom("r") };
const hello = Uint8Array.of(1, 2, 3);
const refused = { ok: false, error: "handshake/unauthentic" };

const recorded = complete({ ...honest, oneTime, payload: hello, answer: hello });
const seen = { initiator: alice, responder: bob, oneTime: oneTime.x25519, run: recorded };
const answer = splitTag(recorded.accepted.envelope)!.rest;
const readsM1 = (shares: readonly Share[]) => open(bob, recorded.m1, MADE_AT, ignorantOf(seen, shares));
const readsM2 = (shares: readonly Share[]) => finish(ignorantOf(seen, shares), recorded.state, answer);

describe("every share is needed", () => {
  test("control: who knows every share reads M1 and M2", () => {
    expect(must(readsM1([])).payload).toEqual(hello);
    expect(must(readsM2([])).payload).toEqual(hello);
  });

  test.each<Share>(["e_I×id_R", "e_I×spk_R", "e_I×opk_R", "ss_kem", "id_I×spk_R"])("M1 needs %s", (share) => {
    expect(readsM1([share])).toEqual(refused);
  });

  test.each<Share>(["e_R×e_I", "e_R×id_I", "ss_kem2"])("the answer in M2 needs %s", (share) => {
    expect(readsM2([share])).toEqual(refused);
  });

  test("the initiator's identity opens without id_I×spk_R, and needs every share of K1", () => {
    const parts = (shares: readonly Share[]) => {
      let plaintexts = 0;
      const counted = ignorantOf(seen, shares);
      const watching: Suite = {
        ...counted,
        aesGcmOpen(...args) {
          const plain = suite.aesGcmOpen(...args);
          if (plain !== undefined) plaintexts++;
          return plain;
        },
      };
      open(bob, recorded.m1, MADE_AT, watching);
      return plaintexts - 1; // The veil itself opens.
    };
    expect(parts([])).toBe(2);
    expect(parts(["id_I×spk_R"])).toBe(1);
    for (const share of ["e_I×id_R", "e_I×spk_R", "e_I×opk_R", "ss_kem"] as const) expect(parts([share])).toBe(0);
  });
});

describe("hybrid: secure if either primitive falls", () => {
  test("X25519 falls (every Diffie–Hellman result known): ML-KEM alone keeps M1 and M2", () => {
    expect(readsM1(["ss_kem"])).toEqual(refused);
    expect(readsM2(["ss_kem2"])).toEqual(refused);
  });

  test("ML-KEM falls (every shared secret known): X25519 alone keeps M1 and M2", () => {
    expect(readsM1(["e_I×id_R", "e_I×spk_R", "e_I×opk_R", "id_I×spk_R"])).toEqual(refused);
    expect(readsM2(["e_R×e_I", "e_R×id_I"])).toEqual(refused);
  });
});

describe("forward secrecy", () => {
  test("M1: everything stolen from the responder but the deleted one-time pair", () => {
    expect(readsM1(["e_I×opk_R", "ss_kem"])).toEqual(refused);
  });

  test("the answer and the session: everything long-lived stolen from both, but not the ephemeral keys", () => {
    expect(readsM2(["e_R×e_I", "ss_kem2"])).toEqual(refused);
  });

  test("the stated loss: on the last resort M1 falls with the responder's stolen keys until the prekey is wiped", () => {
    const { envelope } = start({ ...honest, payload: hello });
    const thief: Party = { ...bob, prekeys: { ...bob.prekeys, oneTime: new Map() } };
    expect(must(open(thief, envelope)).payload).toEqual(hello);
    const rotated = makeParty("bob", 2);
    const later = rotateSigned(countingRandom("rotate"), rotated.prekeys, MADE_AT + 38 * 86_400_000, true);
    expect(open({ ...rotated, prekeys: later }, envelope)).toEqual({ ok: false, error: "handshake/prekey-unknown" });
  });
});
