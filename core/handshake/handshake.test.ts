import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { splitTag } from "../envelope/index.ts";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { CookieJar } from "./cookie.ts";
import { finish, retryWithCookie } from "./initiator.ts";
import { answerTags, initiatorCodec, wipeInitiator } from "./initiator-state.ts";
import { readM1 } from "./m1.ts";
import { acceptM1 } from "./responder.ts";
import { sealRetry } from "./retry.ts";
import {
  complete,
  EMPTY_BYTES,
  firstOneTime,
  MADE_AT,
  makeParty,
  must,
  open,
  retryOnce,
  type Party,
  start,
} from "./testing.ts";

const alice = makeParty("alice", 0);
const bob = makeParty("bob", 2);
const oneTime = firstOneTime(bob);
const honest = { initiator: alice, responder: bob, random: countingRandom("r") };
const hello = Uint8Array.of(1, 2, 3);

describe("an honest handshake", () => {
  test.each([
    ["one-time prekeys", oneTime],
    ["the last resort", undefined],
  ])("on %s gives both ends the same session, and each the other's payload", (_, prekey) => {
    const heads = Uint8Array.of(9);
    const run = complete({ ...honest, oneTime: prekey, payload: hello, answer: Uint8Array.of(4), heads });
    expect(run.opened).toMatchObject({ payload: hello, heads, issued: MADE_AT, oneTimeId: prekey?.id, signedId: 0 });
    expect(run.opened.certificate).toEqual(alice.device.certificate);
    expect(run.opened.id).toEqual(run.state.id);
    expect(run.finished.payload).toEqual(Uint8Array.of(4));
    const [mine, theirs] = [run.finished.session, run.accepted.session];
    expect([mine.role, theirs.role]).toEqual([0x49, 0x52]);
    expect(mine.root.expose()).toEqual(theirs.root.expose());
    expect(mine.transcript).toEqual(theirs.transcript);
    expect(mine.confirm).toEqual(theirs.confirm);
    expect([mine.theirs, theirs.theirs]).toEqual([theirs.mine.publicKey, mine.mine.publicKey]);
    expect(suite.x25519Public(mine.mine.secret)).toEqual(mine.mine.publicKey);
    expect(run.accepted.early.expose()).toEqual(run.state.early.expose());
    expect(run.accepted.transcript).toEqual(run.state.transcript);
  });

  test("a checkpoint of the initiator changes nothing: codec round trip, with and without a cookie", () => {
    const { envelope, state } = start({ ...honest, oneTime });
    const jar = new CookieJar(suite, countingRandom("jar"), MADE_AT);
    const again = retryOnce(bob, { state, envelope }, { jar, random: countingRandom("s"), payload: hello }).state;
    for (const value of [state, again]) {
      const stored = encode(initiatorCodec, value);
      const restored = must(decode(initiatorCodec, stored, 8_192));
      expect(encode(initiatorCodec, restored)).toEqual(stored);
      expect(answerTags(restored)).toEqual(answerTags(value));
    }
    const opened = must(open(bob, envelope));
    const accepted = must(acceptM1(suite, countingRandom("b"), opened.pending, hello));
    const restored = must(decode(initiatorCodec, encode(initiatorCodec, state), 8_192));
    expect(must(finish(suite, restored, splitTag(accepted.envelope)!.rest)).payload).toEqual(hello);
  });

  test("finish changes nothing: the same M2 finishes again to the same session", () => {
    const run = complete(honest);
    const again = must(finish(suite, run.state, splitTag(run.accepted.envelope)!.rest));
    expect(again.session.root.expose()).toEqual(run.finished.session.root.expose());
  });

  test("wiping the initiator's state leaves the session, and clears every secret of the state", () => {
    const { finished, state } = complete(honest);
    wipeInitiator(state);
    expect(Object.values(state).filter((part) => part instanceof Secret && !part.wiped)).toEqual([]);
    expect(finished.session.mine.secret.wiped).toBe(false);
    expect(finished.session.root.wiped).toBe(false);
  });

  test("intermediate secrets are wiped: of all that the suite hands out, what the results hold is left", () => {
    const made: Secret[] = [];
    const track = (secret: Secret | undefined) => (secret !== undefined && made.push(secret), secret) as Secret;
    const watching: Suite = {
      ...suite,
      x25519Shared: (...args) => track(suite.x25519Shared(...args)),
      mlKemDecapsulate: (...args) => track(suite.mlKemDecapsulate(...args)),
      mlKemEncapsulate: (...args) => {
        const result = suite.mlKemEncapsulate(...args);
        track(result?.shared);
        return result;
      },
      hkdfSha256: (...args) => track(suite.hkdfSha256(...args)),
    };
    const run = complete({ ...honest, oneTime, suite: watching });
    const kept = new Set<Secret>([run.state.authenticator, run.state.k2, run.state.early]);
    for (const held of [run.accepted.early, run.accepted.session.root, run.finished.session.root]) kept.add(held);
    // Nonces, tags, confirmations and commitments are derived too, but travel or are exposed on purpose.
    const left = made.filter((secret) => !secret.wiped && !kept.has(secret) && secret.length === 32);
    const open32 = [run.accepted.session.confirm, run.finished.session.confirm].map((bytes) => bytesToHex(bytes));
    const unexplained = left.filter((secret) => !open32.includes(bytesToHex(secret.expose())));
    // The commitment is one more, derived once at each end; both are equal.
    expect(unexplained).toHaveLength(2);
    expect(unexplained[0]!.expose()).toEqual(unexplained[1]!.expose());
  });
});

describe("cost", () => {
  function counting(): { suite: Suite; calls: Record<string, number> } {
    const calls: Record<string, number> = {};
    const wrapped: Record<string, unknown> = { name: suite.name };
    for (const [name, method] of Object.entries(suite)) {
      if (typeof method !== "function") continue;
      wrapped[name] = (...args: never[]) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return (method as (...args: never[]) => unknown)(...args);
      };
    }
    return { suite: wrapped as unknown as Suite, calls };
  }

  test.each([
    ["one-time prekeys", oneTime, 4, 2],
    ["the last resort", undefined, 3, 1],
  ])("opening an M1 on %s does exactly the needed X25519 operations", (_, prekey, shared, publics) => {
    const { envelope } = start({ ...honest, oneTime: prekey });
    const { calls, suite: counted } = counting();
    must(open(bob, envelope, MADE_AT, counted));
    expect(calls).toMatchObject({ x25519Shared: shared, x25519Public: publics, mlKemDecapsulate: 1, ed25519Verify: 1 });
    expect(calls.mlKemEncapsulate).toBeUndefined();
  });

  test("no private-key operation happens before the cookie: reading, counting, minting, retrying and checking", () => {
    const { envelope, state } = start({ ...honest, oneTime });
    const { calls, suite: counted } = counting();
    const jar = new CookieJar(counted, countingRandom("jar"), MADE_AT);
    const m1 = must(readM1(counted, bob.introduction, envelope));
    jar.count("a", MADE_AT);
    const minted = jar.mint("a", m1.ephemeral, MADE_AT);
    const answer = sealRetry(counted, countingRandom("retry"), bob.introduction, envelope, minted);
    const again = must(retryWithCookie(suite, countingRandom("s"), state, splitTag(answer)!.rest, EMPTY_BYTES));
    const returned = must(readM1(counted, bob.introduction, again.envelope));
    expect(jar.check("a", returned.ephemeral, returned.cookie!, MADE_AT)).toBe(true);
    const symmetric = ["sha256", "hmacSha256", "hkdfSha256", "aesGcmSeal", "aesGcmOpen"];
    expect(Object.keys(calls).filter((name) => !symmetric.includes(name))).toEqual([]);
  });

  test("a prekey that is not there costs no private-key operation", () => {
    const { envelope } = start({ ...honest, oneTime });
    const without: Party = { ...bob, prekeys: { ...bob.prekeys, oneTime: new Map() } };
    const { calls, suite: counted } = counting();
    expect(open(without, envelope, MADE_AT, counted)).toEqual({ ok: false, error: "handshake/prekey-consumed" });
    expect([calls.x25519Shared, calls.mlKemDecapsulate]).toEqual([undefined, undefined]);
  });
});

describe("no AEAD key encrypts two plaintexts", () => {
  test("over first tries, retries, one retry answered twice, and one M1 answered twice", () => {
    const used = new Map<string, string>();
    const watching: Suite = {
      ...suite,
      aesGcmSeal(key, nonce, ad, plaintext) {
        const name = bytesToHex(key.expose());
        const contents = bytesToHex(suite.sha256(nonce, ad, plaintext));
        expect(used.get(name) ?? contents).toBe(contents);
        used.set(name, contents);
        return suite.aesGcmSeal(key, nonce, ad, plaintext);
      },
    };
    const random = countingRandom("one stream");
    const { envelope, state } = start({ ...honest, random, oneTime, suite: watching });
    const jar = new CookieJar(watching, random, MADE_AT);
    const ephemeral = state.ephemeralPublic;
    const retries = [0, 1].map(
      () => splitTag(sealRetry(watching, random, bob.introduction, envelope, jar.mint("a", ephemeral, MADE_AT)))!.rest,
    );
    for (const [rest, payload] of [
      [retries[0]!, Uint8Array.of(1)],
      [retries[0]!, Uint8Array.of(2)],
      [retries[1]!, Uint8Array.of(3)],
    ] as const) {
      must(retryWithCookie(watching, random, state, rest, payload));
    }
    for (const answer of [Uint8Array.of(1), Uint8Array.of(2)]) {
      const opened = must(open(bob, envelope, MADE_AT, watching));
      must(acceptM1(watching, random, opened.pending, answer));
    }
    expect(used.size).toBe(3 + 2 + 3 * 3 + 2 * 2);
  });
});
