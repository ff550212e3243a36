import {
  type Account,
  cardToBytes,
  DEVICE_ID_BYTES,
  generateAccount,
  INTRODUCTION_BYTES,
} from "../../core/identity/index.ts";
import type { IndexStorage } from "../../core/node/index.ts";
import { combine, cosign, type CosignedHead, enrol, witnessSetId } from "../../core/quorum/index.ts";
import { assert, Secret } from "../../core/safety/index.ts";
import { BLS_SEED_BYTES, ED25519_SEED_BYTES, type Random, type Suite, VRF_SEED_BYTES } from "../../core/suite/index.ts";
import { headHash, NO_HEAD, type SignedHead, signHead } from "../../core/tlog/index.ts";
import {
  type Decision,
  INDEX_BYTES,
  type LogAnchor,
  register,
  type Registration,
  Registry,
  type RegistryKeys,
  SALT_BYTES,
  type TreeLeaf,
} from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { seededRandom } from "./random.ts";
import { Staging } from "./staging.ts";

export const WITNESSES = 7;
export const THRESHOLD = 5;
export const EPOCHS = 1_000;
/** RFC 9106 section 4, the second recommended option, in one lane. */
export const COST = { memoryKiB: 65_536, passes: 3 } as const;
const EPOCH_MS = 3_600_000;
const STARTED_AT = 1_800_000_000_000;
/** Leaves of one batch while the tree is filled. */
const FILL_LEAVES = 250_000;
/** Two addresses of a usual length. */
const ADDRESSES = ["/ip4/203.0.113.77/udp/40123/quic-v1", "/ip6/2001:db8:85a3::8a2e:370:7334/udp/40123/quic-v1"];

/** A directory that grows to a size, with its witnesses: the same for the same seed. */
export class Fixture {
  readonly anchor: LogAnchor;
  readonly keys: RegistryKeys;
  readonly witnessSeeds: readonly Secret[];
  readonly registry: Registry;
  /** The same registry, without the stretching of labels, which would take hours. */
  readonly quick: Registry;
  readonly staging: Staging;
  readonly random: Random;
  /** Of every epoch, from the first. */
  readonly heads: SignedHead[] = [];
  readonly #account: Account;

  constructor(index: IndexStorage, seed: string) {
    this.random = seededRandom(seed);
    const secret = (length: number): Secret => new Secret(this.random.bytes(length));
    this.keys = { signing: secret(ED25519_SEED_BYTES), vrf: secret(VRF_SEED_BYTES), salts: secret(SALT_BYTES) };
    const seeds = Array.from({ length: WITNESSES }, () => secret(BLS_SEED_BYTES));
    const members = seeds.map((one) => ({
      key: nativeSuite.blsPublic(one),
      possession: nativeSuite.blsProvePossession(one),
    }));
    const witnesses = enrol(nativeSuite, members, THRESHOLD);
    assert(witnesses.ok, "the witnesses hold their keys");
    // In the order of the set, which is that of the keys.
    this.witnessSeeds = witnesses.value.members.map(
      ({ key }) => seeds[members.findIndex((member) => member.key === key)] as Secret,
    );
    this.anchor = {
      name: "bench",
      key: nativeSuite.ed25519Public(this.keys.signing),
      vrf: nativeSuite.vrfPublic(this.keys.vrf),
      witnesses: witnesses.value,
      cost: COST,
      epochMs: EPOCH_MS,
    };
    this.staging = new Staging(index);
    this.registry = new Registry(nativeSuite, this.anchor, this.keys, this.staging);
    this.quick = new Registry(unstretched, this.anchor, this.keys, this.staging);
    this.#account = generateAccount(nativeSuite, this.random);
  }

  get last(): SignedHead {
    const last = this.heads.at(-1);
    assert(last !== undefined, "the log is not empty");
    return last;
  }

  /** Epochs of random leaves, which no label has, up to `labels` leaves; then epochs of none, up to `epochs`. */
  async fill(labels: number, epochs: number): Promise<void> {
    for (let filled = 0; filled < labels; filled += FILL_LEAVES) {
      const count = Math.min(FILL_LEAVES, labels - filled);
      const leaf = (): TreeLeaf => ({ index: this.random.bytes(INDEX_BYTES), commitment: this.random.bytes(32) });
      const { replica } = this.registry;
      const previous = this.heads.length === 0 ? NO_HEAD : headHash(nativeSuite, this.last);
      const extended = replica.extend(Array.from({ length: count }, leaf), previous, NO_HEAD);
      assert(extended.ok, "random indices differ");
      this.staging.add(extended.value.writes);
      const epoch = this.heads.length + 1;
      this.heads.push(
        signHead(nativeSuite, this.keys.signing, {
          log: this.registry.log,
          epoch,
          size: epoch,
          root: extended.value.root,
          previous,
          time: STARTED_AT + epoch * EPOCH_MS,
          witnesses: witnessSetId(nativeSuite, this.anchor.witnesses),
        }),
      );
      await this.staging.flush();
    }
    while (this.heads.length < epochs) await this.publish([]);
  }

  /** A registration of the label's next version, prepared but for the stretching. */
  admit(label: string): Registration {
    const version = this.quick.latest(label) + 1;
    this.staging.add(this.quick.prepare(label, version));
    return this.sign(label, version);
  }

  sign(label: string, version: number): Registration {
    const account = this.#account;
    const card = cardToBytes({
      account: account.publicKey,
      device: this.random.bytes(DEVICE_ID_BYTES),
      introduction: new Secret(this.random.bytes(INTRODUCTION_BYTES)),
      label,
      addresses: ADDRESSES,
    });
    const issued = STARTED_AT + this.heads.length * EPOCH_MS;
    return register(nativeSuite, account, { log: this.registry.log, label, version, card, lineage: [], issued });
  }

  decide(registrations: readonly Registration[]): Decision {
    return this.registry.decide(registrations, {
      previous: this.heads.at(-1),
      time: STARTED_AT + (this.heads.length + 1) * EPOCH_MS,
      witnesses: witnessSetId(nativeSuite, this.anchor.witnesses),
    });
  }

  async publish(registrations: readonly Registration[]): Promise<void> {
    const { head, writes } = this.decide(registrations);
    this.staging.add(writes);
    this.heads.push(head);
    await this.staging.flush();
  }

  /** The head with the signatures of the first witnesses of the set. */
  cosigned(head: SignedHead): CosignedHead {
    const hash = headHash(nativeSuite, head);
    const parts = new Map(
      this.witnessSeeds.slice(0, THRESHOLD).map((seed, place) => [place, cosign(nativeSuite, seed, hash)] as const),
    );
    const cosignature = combine(nativeSuite, this.anchor.witnesses, parts);
    assert(cosignature !== undefined, "a quorum combines");
    return { head, cosignature };
  }
}

/** A label's place among the capsules is needed for nothing that is measured over many labels. */
const unstretched: Suite = {
  ...nativeSuite,
  argon2id: (password, salt, _cost, length) => nativeSuite.hkdfSha256(Secret.copyOf(password), salt, salt, length),
};
