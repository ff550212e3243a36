import { bytesToHex } from "@noble/hashes/utils.js";
import { encode } from "../codec/index.ts";
import { splitTag } from "../envelope/index.ts";
import { oneTimePrekeyCodec, prekeyBundleCodec } from "../identity/index.ts";
import { assert } from "../safety/index.ts";
import { portableSuite, type Random, saltOf, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { CookieJar } from "./cookie.ts";
import { finish, retryWithCookie } from "./initiator.ts";
import { acceptM1 } from "./responder.ts";
import { sealRetry } from "./retry.ts";
import { firstOneTime, MADE_AT, makeParty, must, open, type Party, start } from "./testing.ts";

/** Hexadecimal strings, lists of them, and integers. */
export type Vector = Readonly<Record<string, string | number | readonly string[]>>;

/** A stream that remembers what was drawn from it, in order. */
function recording(seed: string): Random & { readonly drawn: string[] } {
  const inner = countingRandom(seed);
  const drawn: string[] = [];
  return {
    drawn,
    bytes(length) {
      const bytes = inner.bytes(length);
      drawn.push(bytesToHex(bytes));
      return bytes;
    },
  };
}

/** A suite that notes every stage key with the transcript hash that it was derived over, in order. */
function noting(notes: string[]): Suite {
  const stages = ["K1", "K2", "K3"].map((label) => [label, bytesToHex(saltOf(label))] as const);
  return {
    ...portableSuite,
    hkdfSha256(ikm, salt, info, length) {
      const derived = portableSuite.hkdfSha256(ikm, salt, info, length);
      const stage = stages.find(([, known]) => known === bytesToHex(salt));
      if (stage !== undefined) notes.push(`${stage[0]} ${bytesToHex(info)} ${bytesToHex(derived.expose())}`);
      return derived;
    },
  };
}

function secretsOf(party: Party): Vector {
  const { account, device, introduction, prekeys } = party;
  const [signed] = prekeys.signed;
  const [oneTime] = [...prekeys.oneTime.values()];
  assert(signed !== undefined, "a party has a signed prekey");
  return {
    accountSeed: bytesToHex(account.seed.expose()),
    signingSeed: bytesToHex(device.signing.expose()),
    identity: bytesToHex(device.identity.expose()),
    introduction: bytesToHex(introduction.expose()),
    signedPrekey: bytesToHex(signed.x25519.expose()),
    lastResortSeed: bytesToHex(signed.kem.expose()),
    oneTimePrekey: oneTime === undefined ? "" : bytesToHex(oneTime.x25519.expose()),
    oneTimeSeed: oneTime === undefined ? "" : bytesToHex(oneTime.kem.expose()),
  };
}

/** The known answers: a handshake on one-time prekeys, and one on the last resort with a cookie. */
export function handshakeVectors(): Readonly<Record<string, Vector>> {
  const alice = makeParty("vector alice", 0);
  const bob = makeParty("vector bob", 1);
  const oneTime = firstOneTime(bob);
  const payload = Uint8Array.from({ length: 40 }, (_, i) => i);
  const answer = Uint8Array.from({ length: 30 }, (_, i) => 0xff - i);
  const vectors: Record<string, Vector> = {
    initiator: secretsOf(alice),
    responder: {
      ...secretsOf(bob),
      bundle: bytesToHex(encode(prekeyBundleCodec, bob.bundle)),
      oneTimePrekeyRecord: bytesToHex(encode(oneTimePrekeyCodec, oneTime)),
    },
  };
  for (const [name, prekey, heads] of [
    ["one-time", oneTime, new Uint8Array(0)],
    ["last resort with cookie", undefined, Uint8Array.of(1, 2, 3)],
  ] as const) {
    const random = recording(`vector ${name}`);
    const stages: string[] = [];
    const suite = noting(stages);
    const options = { initiator: alice, responder: bob, random, oneTime: prekey, payload, heads, suite };
    let { envelope, state } = start(options);
    const first = envelope;
    let retry = "";
    if (prekey === undefined) {
      const jar = new CookieJar(suite, random, MADE_AT);
      const minted = jar.mint("198.51.100.7:4433", state.ephemeralPublic, MADE_AT);
      const sealed = sealRetry(suite, random, bob.introduction, envelope, minted);
      retry = bytesToHex(sealed);
      const again = retryWithCookie(suite, random, state, splitTag(sealed)?.rest ?? sealed, payload);
      ({ envelope, state } = must(again));
    }
    const opened = must(open(bob, envelope, MADE_AT));
    const accepted = must(acceptM1(suite, random, opened.pending, answer));
    const { session } = must(finish(portableSuite, state, accepted.envelope.subarray(16)));
    vectors[name] = {
      now: MADE_AT,
      payload: bytesToHex(payload),
      heads: bytesToHex(heads),
      answer: bytesToHex(answer),
      drawn: random.drawn,
      m1: bytesToHex(first),
      retry,
      m1WithCookie: envelope === first ? "" : bytesToHex(envelope),
      id: bytesToHex(state.id),
      retryTag: state.retryTag,
      stages,
      early: bytesToHex(state.early.expose()),
      m1Transcript: bytesToHex(state.transcript),
      m2: bytesToHex(accepted.envelope),
      root: bytesToHex(session.root.expose()),
      transcript: bytesToHex(session.transcript),
      confirm: bytesToHex(session.confirm),
    };
  }
  return vectors;
}
