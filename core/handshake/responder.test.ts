import { describe, expect, test } from "vitest";
import {
  CERTIFICATE_LIFE_MS,
  CLOCK_SKEW_MS,
  consumeOneTime,
  issueCertificate,
  rotateSigned,
  signBundle,
  SIGNED_PREKEY_GRACE_MS,
  SIGNED_PREKEY_LIFE_MS,
} from "../identity/index.ts";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { initiate } from "./initiator.ts";
import { readM1 } from "./m1.ts";
import { acceptM1, MAIL_AGE_MS_MAX, openM1, wipePending } from "./responder.ts";
import { EMPTY_BYTES, firstOneTime, MADE_AT, makeParty, must, open, type Party, start } from "./testing.ts";

const alice = makeParty("alice", 0);
const bob = makeParty("bob", 2);
const oneTime = firstOneTime(bob);
const honest = { initiator: alice, responder: bob, random: countingRandom("r") };

describe("prekeys", () => {
  test("a one-time prekey serves once: after its consumption the same M1 is refused", () => {
    const owner = makeParty("bob", 2);
    const { envelope } = start({ ...honest, responder: owner, oneTime: firstOneTime(owner) });
    const opened = must(open(owner, envelope));
    const after: Party = { ...owner, prekeys: consumeOneTime(owner.prekeys, opened.oneTimeId!) };
    expect(open(after, envelope)).toEqual({ ok: false, error: "handshake/prekey-consumed" });
  });

  test("opening consumes nothing by itself", () => {
    const { envelope } = start({ ...honest, oneTime });
    const opened = must(open(bob, envelope));
    wipePending(opened.pending);
    expect(opened.pending.k2.wiped).toBe(true);
    must(open(bob, envelope));
  });

  test("a repeated M1 on the last resort opens again under the same replay key, whatever its veil", () => {
    const { envelope } = start(honest);
    expect(must(open(bob, envelope)).id).toEqual(must(open(bob, envelope)).id);
    expect(must(open(bob, envelope)).oneTimeId).toBeUndefined();
  });

  test("a rotated signed prekey still answers mail in transit, and not after its grace", () => {
    const { envelope } = start(honest);
    const later = MADE_AT + SIGNED_PREKEY_GRACE_MS;
    const rotated = rotateSigned(countingRandom("rotate"), makeParty("bob", 2).prekeys, later, true);
    expect(open({ ...bob, prekeys: rotated }, envelope, later).ok).toBe(true);
    // The secret of an overdue prekey may still be there; its time is over all the same.
    const over = MADE_AT + SIGNED_PREKEY_LIFE_MS + SIGNED_PREKEY_GRACE_MS + CLOCK_SKEW_MS + 1;
    expect(open(bob, envelope, over)).toEqual({ ok: false, error: "handshake/prekey-unknown" });
  });

  test("public values that give no shared secret are refused on either side, without an exception", () => {
    const lowOrder = new Uint8Array(32);
    const badKem = new Uint8Array(1568).fill(0xff);
    const random = countingRandom("r");
    const attempt = (bundle: Party["bundle"], prekey: typeof oneTime | undefined) =>
      initiate(suite, random, {
        local: alice.device,
        heads: EMPTY_BYTES,
        introduction: bob.introduction,
        bundle,
        oneTime: prekey,
        payload: EMPTY_BYTES,
        now: MADE_AT,
      });
    const refused = { ok: false, error: "handshake/bad-public-value" };
    const { bundle } = bob;
    expect(attempt({ ...bundle, signed: { ...bundle.signed, publicKey: lowOrder } }, undefined)).toEqual(refused);
    expect(attempt({ ...bundle, lastResort: { id: 0, publicKey: badKem } }, undefined)).toEqual(refused);
    expect(attempt(bundle, { ...oneTime, x25519: lowOrder })).toEqual(refused);
    expect(attempt(bundle, { ...oneTime, kem: badKem })).toEqual(refused);
    const device = { ...bob.device, certificate: { ...bob.device.certificate, identity: lowOrder } };
    expect(attempt(signBundle(suite, device, bundle), undefined)).toEqual(refused);

    const opened = must(open(bob, start(honest).envelope));
    const m1 = must(readM1(suite, bob.introduction, start(honest).envelope));
    const local = { device: bob.device, prekeys: bob.prekeys, now: MADE_AT };
    expect(openM1(suite, local, { ...m1, ephemeral: lowOrder })).toEqual(refused);
    for (const change of [{ kem: badKem }, { ephemeral: lowOrder }, { identity: lowOrder }]) {
      const pending = { ...opened.pending, k2: Secret.copyOf(opened.pending.k2.expose()), ...change };
      expect(acceptM1(suite, random, pending, EMPTY_BYTES)).toEqual(refused);
      expect(pending.k2.wiped).toBe(true);
    }
  });
});

describe("time", () => {
  test("the certificate is judged when M1 was made, so that days in a mailbox do not invalidate it", () => {
    // Alice's certificate ends while her mail waits.
    const made = MADE_AT + CERTIFICATE_LIFE_MS - 1_000;
    const late = makeParty("bob", 0, made);
    const { envelope } = start({ ...honest, responder: late, now: made });
    expect(open(late, envelope, made + MAIL_AGE_MS_MAX).ok).toBe(true);
  });

  test("a certificate that had ended when M1 was made is refused", () => {
    const made = MADE_AT + CERTIFICATE_LIFE_MS + CLOCK_SKEW_MS + 1;
    const late = makeParty("bob", 0, made);
    const { envelope } = start({ ...honest, responder: late, now: made });
    expect(open(late, envelope, made)).toEqual({ ok: false, error: "identity/certificate-expired" });
  });

  test("M1 from the future, too long in the mail, or dated before its prekey was made is stale", () => {
    const stale = { ok: false, error: "handshake/stale" };
    const at = (issued: number, now: number, responder = bob) =>
      open(responder, start({ ...honest, responder, now: issued }).envelope, now);
    expect(at(MADE_AT + CLOCK_SKEW_MS, MADE_AT).ok).toBe(true);
    expect(at(MADE_AT + CLOCK_SKEW_MS + 1, MADE_AT)).toEqual(stale);
    expect(at(MADE_AT, MADE_AT + MAIL_AGE_MS_MAX + CLOCK_SKEW_MS).ok).toBe(true);
    expect(at(MADE_AT, MADE_AT + MAIL_AGE_MS_MAX + CLOCK_SKEW_MS + 1)).toEqual(stale);
    // Backdating: a thief with an ended certificate claims a time at which it was valid.
    const fresh = makeParty("bob", 0, MADE_AT + 20 * 86_400_000);
    const now = MADE_AT + 20 * 86_400_000;
    expect(at(now - CLOCK_SKEW_MS, now, fresh).ok).toBe(true);
    expect(at(now - CLOCK_SKEW_MS - 1, now, fresh)).toEqual(stale);
  });

  test("a certificate that the account never signed is refused", () => {
    const mallory = makeParty("mallory", 0);
    const certificate = { ...alice.device.certificate, identity: mallory.device.certificate.identity };
    const forged: Party = { ...mallory, device: { ...mallory.device, certificate } };
    const { envelope } = start({ ...honest, initiator: forged });
    expect(open(bob, envelope)).toEqual({ ok: false, error: "identity/certificate-signature" });
  });

  test("a renewed certificate of the responder opens mail that was sealed before: the keys are bound, not the window", () => {
    const { envelope } = start(honest);
    const { certificate } = bob.device;
    const renewed = issueCertificate(suite, bob.account, certificate, MADE_AT + 1, MADE_AT + CERTIFICATE_LIFE_MS);
    expect(open({ ...bob, device: { ...bob.device, certificate: renewed } }, envelope).ok).toBe(true);
  });
});
