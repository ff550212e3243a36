import { bytesToHex } from "@noble/hashes/utils.js";
import { encode } from "../../core/codec/index.ts";
import { acceptM1, initiate, openM1, readM1, sealM1 } from "../../core/handshake/index.ts";
import {
  bundleAddress,
  cardFromBytes,
  cardToBytes,
  type ContactCard,
  type DeviceCertificate,
  deviceId,
  generateAccount,
  generateIntroduction,
  issueCertificate,
  openBundleRecord,
  type PrekeyBundle,
  sealBundleRecord,
  signBundle,
} from "../../core/identity/index.ts";
import { packetCodec, stolenPrekeys } from "../../core/node/index.ts";
import { RECORD_LIFE_MS_MAX } from "../../core/record/index.ts";
import { assert, Secret } from "../../core/safety/index.ts";
import { x25519KeyPair } from "../../core/suite/index.ts";
import type { Packet } from "../network/index.ts";
import { BODY_BYTES_MIN, type Person, type World } from "../world/index.ts";

const YEAR_MS = 365 * 86_400_000;

/** Holds both victims' cards, reads every record, sits on the path, and wants to be taken for somebody else. */
export class Impersonator {
  readonly #world: World;
  readonly name: string;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** Starts a conversation with `target` under the certificate of `victim`, without the identity key behind it. */
  forge(victim: Person, target: Person): void {
    const { kernel, network, stream, suite } = this.#world;
    const bundle = this.#bundleOf(target);
    const certificate = this.#bundleOf(victim)?.certificate;
    if (bundle === undefined || certificate === undefined) return;
    const forged = initiate(suite, stream, {
      local: { certificate, ...this.#keys() },
      heads: new Uint8Array(0),
      introduction: cardOf(target).introduction,
      bundle,
      oneTime: undefined,
      payload: this.#words(),
      now: kernel.now,
    });
    if (forged.ok) network.inject(victim.name, target.name, forged.value.envelope, "forged sender");
  }

  /**
   * Unknown key share: makes itself a contact whose device has the identity key and prekeys of `other`, gets `dupe`
   * to write to it, and hands what arrives to `other`, who must not believe that it was meant for them.
   */
  share(dupe: Person, other: Person): void {
    const { kernel, network, stream, suite } = this.#world;
    const stolen = this.#bundleOf(other);
    if (stolen === undefined) return;
    const account = generateAccount(suite, stream);
    const introduction = generateIntroduction(stream);
    const keys = this.#keys();
    const publicKeys = { signing: suite.ed25519Public(keys.signing), identity: stolen.certificate.identity };
    const certificate: DeviceCertificate = issueCertificate(
      suite,
      account,
      publicKeys,
      stolen.certificate.notBefore,
      stolen.certificate.notAfter,
    );
    const { lastResort, signed } = stolen;
    const bundle = signBundle(
      suite,
      { certificate, ...keys },
      {
        version: 1,
        issued: kernel.now,
        addresses: [this.name],
        signed,
        lastResort,
        oneTime: [],
      },
    );
    const stamp = { sequence: kernel.now, expires: kernel.now + RECORD_LIFE_MS_MAX };
    const record = sealBundleRecord(suite, stream, introduction, bundle, stamp);
    network.putRecord(record.address, record.value, stamp.expires);
    const device = Uint8Array.from(deviceId(suite, certificate).match(/../gu) ?? [], (byte) =>
      Number.parseInt(byte, 16),
    );
    const card = { account: account.publicKey, device, introduction, label: this.name, addresses: [this.name] };
    network.tap(({ bytes, from, to }) => {
      if (from !== dupe.name || to !== this.name) return;
      const m1 = readM1(suite, introduction, bytes);
      if (!m1.ok) return;
      const veiled = sealM1(suite, stream, cardOf(other).introduction, m1.value, bytes.length);
      network.inject(dupe.name, other.name, veiled, "unknown key share");
    });
    dupe.machine.command({ kind: "add-contact", name: this.name, card: cardToBytes(card) });
    const body = stream.bytes(BODY_BYTES_MIN);
    this.#world.ledger.say(dupe.name, this.name, body, kernel.elapsed);
    dupe.machine.command({ kind: "send", contact: bytesToHex(account.publicKey), body, token: 2 ** 40 });
  }

  /** Takes the one-time prekeys from the target's disk and tries to answer first messages in its place. */
  answerWithStolenPrekeys(target: Person): void {
    const { kernel, network, stream, suite } = this.#world;
    const bundle = this.#bundleOf(target);
    if (bundle === undefined) return;
    const oneTime = stolenPrekeys(suite, target.machine.disk.stored());
    const signed = {
      id: bundle.signed.id,
      x25519: x25519KeyPair(suite, stream).secret,
      kem: new Secret(stream.bytes(64)),
      notAfter: kernel.now + YEAR_MS,
    };
    const local = {
      device: { certificate: bundle.certificate, ...this.#keys() },
      prekeys: { nextId: 2 ** 20, signed: [signed], oneTime },
    };
    network.tap(({ bytes, from, to }: Packet) => {
      if (to !== target.name) return;
      const m1 = readM1(suite, cardOf(target).introduction, bytes);
      const opened = m1.ok ? openM1(suite, { ...local, now: kernel.now }, m1.value) : m1;
      if (!opened.ok) return;
      const accepted = acceptM1(suite, stream, opened.value.pending, this.#words());
      if (accepted.ok) network.inject(target.name, from, accepted.value.envelope, "answer with stolen prekey");
    });
  }

  /** Secret keys of its own, in the place of those it does not have. */
  #keys(): { readonly signing: Secret; readonly identity: Secret } {
    const { stream, suite } = this.#world;
    return { signing: new Secret(stream.bytes(32)), identity: x25519KeyPair(suite, stream).secret };
  }

  #bundleOf(person: Person): PrekeyBundle | undefined {
    const { kernel, network, suite } = this.#world;
    const { introduction } = cardOf(person);
    const record = network.records.get(bytesToHex(bundleAddress(suite, introduction)));
    const opened = record === undefined ? undefined : openBundleRecord(suite, introduction, record.value, kernel.now);
    return opened?.ok === true ? opened.value : undefined;
  }

  /** A packet with words that nobody said, under numbers above any that were used. */
  #words(): Uint8Array {
    const body = this.#world.stream.bytes(BODY_BYTES_MIN);
    return encode(packetCodec, {
      base: 2 ** 51,
      ack: undefined,
      confirm: undefined,
      confirmed: false,
      reach: undefined,
      reached: undefined,
      messages: [{ seq: 2 ** 51, body }],
    });
  }
}

function cardOf(person: Person): ContactCard {
  const card = cardFromBytes(person.card);
  assert(card.ok, "a person's own card must decode");
  return card.value;
}
