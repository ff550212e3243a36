import { describe, expect, test } from "vitest";
import { splitTag } from "../envelope/index.ts";
import { issueCertificate, signBundle } from "../identity/index.ts";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { ignorantOf, impostor, type Share, throughStolen } from "./adversary.testing.ts";
import { finish, initiate } from "./initiator.ts";
import { readM1, sealM1 } from "./m1.ts";
import { acceptM1, openM1 } from "./responder.ts";
import { complete, EMPTY_BYTES, firstOneTime, MADE_AT, makeParty, must, open, type Party, start } from "./testing.ts";

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

describe("authentication", () => {
  test("of the initiator: a valid certificate without its identity key is refused", () => {
    const { envelope } = start({ ...honest, initiator: impostor(alice.device.certificate), oneTime });
    expect(open(bob, envelope)).toEqual(refused);
  });

  test("of the responder: who stole every prekey but not id_R can neither read nor answer", () => {
    expect(readsM1(["e_I×id_R"])).toEqual(refused);
  });

  test("against the directory: the account and device of the bundle are bound, whatever keys they share", () => {
    const { certificate } = bob.device;
    const other = makeParty("other", 0);
    const changes = [
      { account: other.account.publicKey },
      { signing: other.device.certificate.signing },
      // Another encoding of the same point, which gives the same shared secrets.
      { identity: certificate.identity.map((byte, i) => (i === 31 ? byte ^ 0x80 : byte)) },
    ];
    for (const change of changes) {
      const claimed: Party = { ...bob, device: { ...bob.device, certificate: { ...certificate, ...change } } };
      expect(open(claimed, recorded.m1)).toEqual(refused);
    }
  });

  test("key-compromise impersonation: who stole all of the responder's keys forges M1, never M3", () => {
    const liar = impostor(alice.device.certificate);
    const spk = bob.prekeys.signed[0]!.x25519;
    const stolen = throughStolen(liar.device.identity, alice.device.certificate.identity, [spk, bob.device.identity]);
    const { envelope, state } = start({ ...honest, initiator: liar, oneTime, suite: stolen });
    // This is what M1 lacks: it is taken, as provisional.
    const opened = must(open(bob, envelope));
    const accepted = must(acceptM1(suite, countingRandom("b"), opened.pending, hello));
    expect(finish(stolen, state, splitTag(accepted.envelope)!.rest)).toEqual(refused);
  });

  test("key-compromise impersonation: who stole the initiator's keys cannot answer as the responder", () => {
    expect(readsM1(["e_I×id_R", "e_I×spk_R", "e_I×opk_R", "ss_kem"])).toEqual(refused);
    // Nor open the answer to a session that the true initiator has with the responder.
    expect(readsM2(["e_R×e_I", "ss_kem2"])).toEqual(refused);
  });

  test("confirmation: both ends name the same value, and no two sessions share it", () => {
    const other = complete({ ...honest, random: countingRandom("other"), oneTime });
    expect(recorded.finished.session.confirm).toEqual(recorded.accepted.session.confirm);
    expect(other.finished.session.confirm).not.toEqual(recorded.finished.session.confirm);
    expect(recorded.finished.session.confirm).not.toEqual(recorded.finished.session.root.expose());
  });

  test("key commitment: an answer that opens under K3 without the commitment to it is refused", () => {
    const { envelope, state } = start({ ...honest, oneTime });
    const opened = must(open(bob, envelope));
    const uncommitted: Suite = {
      ...suite,
      aesGcmSeal(key, nonce, ad, plaintext) {
        const changed = plaintext.slice();
        if (plaintext.length === 32 + hello.length) changed[0]! ^= 1;
        return suite.aesGcmSeal(key, nonce, ad, changed);
      },
    };
    const accepted = must(acceptM1(uncommitted, countingRandom("b"), opened.pending, hello));
    expect(finish(suite, state, splitTag(accepted.envelope)!.rest)).toEqual(refused);
  });
});

describe("unknown key share", () => {
  test("an M1 meant for an account that certified the responder's keys as its own is refused by the responder", () => {
    const charlie = makeParty("charlie", 0);
    const keys = { signing: charlie.device.certificate.signing, identity: bob.device.certificate.identity };
    const stolenKeys = issueCertificate(suite, charlie.account, keys, MADE_AT, MADE_AT + 1_000);
    const bundle = signBundle(suite, { ...charlie.device, certificate: stolenKeys }, bob.bundle);
    const { envelope } = start({ ...honest, responder: { ...charlie, bundle }, oneTime });
    const m1 = must(readM1(suite, charlie.introduction, envelope));
    const forwarded = sealM1(suite, countingRandom("c"), bob.introduction, m1, envelope.length);
    expect(open(bob, forwarded)).toEqual(refused);
  });

  test("an M1 cannot be claimed by another initiator: its sealed parts belong together", () => {
    const mallory = makeParty("mallory", 0);
    const own = must(readM1(suite, bob.introduction, start({ ...honest, initiator: mallory, oneTime }).envelope));
    const hers = must(readM1(suite, bob.introduction, recorded.m1));
    const local = { device: bob.device, prekeys: bob.prekeys, now: MADE_AT };
    for (const part of ["sealedIdentity", "sealedPayload", "ephemeral", "ciphertext"] as const) {
      expect(openM1(suite, local, { ...hers, [part]: own[part] })).toEqual(refused);
    }
  });
});

describe("deniability", () => {
  test("no signature is made in a handshake", () => {
    const silent: Suite = {
      ...suite,
      ed25519Sign() {
        throw new Error("a signature was made");
      },
    };
    complete({ ...honest, oneTime, suite: silent });
  });

  test("the responder alone can make up a whole handshake with anybody whose certificate it saw", () => {
    const fake = impostor(alice.device.certificate);
    const ephemeral: Secret[] = [];
    const base = countingRandom("simulator");
    const random = {
      bytes(length: number) {
        const bytes = base.bytes(length);
        if (length === 32) ephemeral.push(Secret.copyOf(bytes));
        return bytes;
      },
    };
    // The simulator knows spk_R, and e_R as soon as it has drawn it: both sides of each share with id_I.
    const idI = alice.device.certificate.identity;
    const knows = (): readonly Secret[] => [bob.prekeys.signed[0]!.x25519, ...ephemeral];
    const simulator: Suite = {
      ...suite,
      x25519Shared: (secret, theirs) => throughStolen(fake.device.identity, idI, knows()).x25519Shared(secret, theirs),
    };
    const made = complete({ ...honest, random, initiator: fake, oneTime, payload: hello, suite: simulator });
    expect(must(open(bob, made.m1)).certificate).toEqual(alice.device.certificate);
    expect(made.finished.session.confirm).toEqual(made.accepted.session.confirm);
  });
});

test("a handshake with oneself or a reflected M1 gives nothing: the initiator cannot open its own M1", () => {
  const attempt = initiate(suite, countingRandom("r"), {
    local: alice.device,
    heads: EMPTY_BYTES,
    introduction: alice.introduction,
    bundle: bob.bundle,
    oneTime: undefined,
    payload: hello,
    now: MADE_AT,
  });
  expect(open(alice, must(attempt).envelope)).toEqual(refused);
});
