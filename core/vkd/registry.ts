import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { bytes, type Codec, decode, secret, struct, uint } from "../codec/index.ts";
import type { AddressedRecord, RecordStamp } from "../record/index.ts";
import { assert, equalConstantTime, err, ok, type Result, type Secret } from "../safety/index.ts";
import { derive, type Random, type Suite, VRF_PROOF_BYTES } from "../suite/index.ts";
import { headHash, NO_HEAD, type SignedHead, signHead, type TreeHead } from "../tlog/index.ts";
import { type LogAnchor, logId } from "./anchor.ts";
import { sealCapsule, type Stretched, stretchLabel } from "./capsule.ts";
import { type Content, packChanges, readManifest } from "./changes.ts";
import { SALT_BYTES } from "./commitment.ts";
import {
  contentKey,
  indexed,
  indexKey,
  type IndexReader,
  type IndexWrite,
  numberAt,
  numberBytes,
} from "./index-store.ts";
import { futureVersions, labelInput, markerOf } from "./label.ts";
import { type Capsule, openedLeaf, type Opening, placeVersion } from "./opening.ts";
import { Replica } from "./replica.ts";
import {
  REGISTERED_VERSIONS_MAX,
  type Registration,
  REGISTRATION_BYTES_MAX,
  type RegistrationCode,
  registrationCodec,
  verifyRegistration,
} from "./statement.ts";
import type { TreeLeaf } from "./tree/index.ts";

/** What only the directory itself has. */
export interface RegistryKeys {
  /** Ed25519 seed, 32 bytes: signs heads. */
  readonly signing: Secret;
  /** ECVRF seed, 32 bytes: hides labels. Whoever else has it can list them by guessing. */
  readonly vrf: Secret;
  /** 32 bytes, from which the salts of commitments follow: an epoch that a crash interrupted is made again alike. */
  readonly salts: Secret;
}

export type RegistryCode =
  | RegistrationCode
  /** Not the version after the newest. */
  | "directory/other-version"
  /** Somebody else's, and not handed over. */
  | "directory/label-taken";

/** An epoch that was decided: signed once, so it has to be durable before anybody sees it. */
export interface Decision {
  readonly head: SignedHead;
  readonly writes: readonly IndexWrite[];
  /** The change list, by content address. */
  readonly content: readonly Content[];
}

const labelCodec: Codec<LabelRecord> = struct({
  latest: uint(),
  record: struct({ seed: secret(32), publicKey: bytes(32), address: bytes(32) }),
  key: secret(32),
});
interface LabelRecord extends Stretched {
  /** The newest version that an epoch holds. */
  readonly latest: number;
}
const LABEL_BYTES_MAX = 256;

/** A directory's labels over its replica: who registered what, and everything that needs the VRF key. */
export class Registry {
  readonly log: Uint8Array;
  readonly replica: Replica;
  readonly #suite: Suite;
  readonly #anchor: LogAnchor;
  readonly #keys: RegistryKeys;
  readonly #index: IndexReader;

  constructor(suite: Suite, anchor: LogAnchor, keys: RegistryKeys, index: IndexReader) {
    this.log = logId(suite, anchor);
    this.replica = new Replica(suite, this.log, index);
    this.#suite = suite;
    this.#anchor = anchor;
    this.#keys = keys;
    this.#index = index;
  }

  /** Labels that were prepared, registered or about to be. */
  get labels(): number {
    return numberAt(this.#index, this.#key("O"));
  }

  /** The newest version of a label that an epoch holds; 0 for none. */
  latest(label: string): number {
    return this.#record(label)?.latest ?? 0;
  }

  registration(label: string, version: number): Registration | undefined {
    const value = this.#index.get(this.#versionKey("g", label, version));
    if (value === undefined) return undefined;
    const decoded = decode(registrationCodec, value, REGISTRATION_BYTES_MAX);
    assert(decoded.ok, "the index holds a registration that this program did not write");
    return decoded.value;
  }

  /** First come, first served; after that only what the account of the label signs, or the one that it was handed to. */
  judge(registration: Registration): Result<void, RegistryCode> {
    const { label, version } = registration;
    const before = this.registration(label, version - 1);
    const first = version > 1 ? this.registration(label, 1)?.account : undefined;
    if (version !== this.latest(label) + 1 || version > REGISTERED_VERSIONS_MAX) return err("directory/other-version");
    const expected = { log: this.log, label, ...(first === undefined ? {} : { first }) };
    const verified = verifyRegistration(this.#suite, registration, expected);
    if (!verified.ok) {
      const stranger = before !== undefined && !equalConstantTime(before.account, registration.account);
      return stranger && registration.lineage.length === before.lineage.length
        ? err("directory/label-taken")
        : verified;
    }
    // A former owner's account leads from the first one too: the lineage must be what it was, or end in this version.
    const inherited = registration.lineage.filter((transfer) => transfer.version < version);
    const known = before?.lineage ?? [];
    const same =
      inherited.length === known.length &&
      inherited.every(({ signature }, i) => equalConstantTime(signature, known[i]?.signature ?? NOTHING));
    return same ? ok(undefined) : err("directory/label-taken");
  }

  /** The slow part of a version, done as soon as it is admitted: its VRF proofs, and for a new label the stretching. */
  prepare(label: string, version: number): readonly IndexWrite[] {
    const writes = [version, version + 1].flatMap((number) => {
      const key = this.#versionKey("v", label, number);
      return this.#index.get(key) === undefined ? [{ key, value: this.#vrf(label, number) }] : [];
    });
    if (this.#record(label) !== undefined) return writes;
    const ordinal = this.labels;
    const stretched = stretchLabel(this.#suite, this.#anchor, label);
    return [
      ...writes,
      this.#indexed(label, { ...stretched, latest: 0 }),
      { key: this.#key("o", ordinal), value: utf8ToBytes(label) },
      { key: this.#key("O"), value: numberBytes(ordinal + 1) },
    ];
  }

  /** The next epoch: registrations that were judged and prepared, at most one a label. */
  decide(
    registrations: readonly Registration[],
    stand: { readonly previous: SignedHead | undefined; readonly time: number; readonly witnesses: Uint8Array },
  ): Decision {
    const { previous, time, witnesses } = stand;
    const epoch = this.replica.epoch + 1;
    assert((previous?.epoch ?? 0) + 1 === epoch, "an epoch follows the one before");
    const leaves = registrations.map((registration) => this.#leaf(registration));
    const { address, content } = packChanges(this.#suite, this.log, epoch, leaves);
    const parent = previous === undefined ? NO_HEAD : headHash(this.#suite, previous);
    const extended = this.replica.extend(leaves, parent, address);
    assert(extended.ok, "a version is registered once");
    const { root, writes } = extended.value;
    const statement: TreeHead = { log: this.log, epoch, size: epoch, root, previous: parent, time, witnesses };
    const added = registrations.flatMap((registration) => {
      const { label, version } = registration;
      const record = this.#record(label);
      assert(record !== undefined, "a registration is prepared before its epoch");
      const key = this.#versionKey("g", label, version);
      return [this.#indexed(label, { ...record, latest: version }), indexed(registrationCodec, key, registration)];
    });
    return {
      head: signHead(this.#suite, this.#keys.signing, statement),
      writes: [
        ...writes,
        ...added,
        ...content.map(({ address: at, bytes: value }) => ({ key: contentKey(at), value })),
      ],
      content,
    };
  }

  /** The change list of an epoch that is held, as it was published. */
  content(epoch: number): readonly Content[] {
    const { changes } = this.replica.leaf(epoch);
    const manifest = this.#index.get(contentKey(changes));
    const read = manifest === undefined ? undefined : readManifest(manifest);
    assert(manifest !== undefined && read?.ok === true, "a change list is missing from the index");
    const chunks = read.value.chunks.map((address) => ({ address, bytes: this.#index.get(contentKey(address)) }));
    return [{ address: changes, bytes: manifest }, ...chunks].flatMap(({ address, bytes: found }) =>
      found === undefined ? [] : [{ address, bytes: found }],
    );
  }

  /** What a lookup of the label opens, as of a version; undefined when it was never registered. */
  capsule(label: string, version: number = this.latest(label)): Capsule | undefined {
    if (version < 1) return undefined;
    const marker = markerOf(version);
    return {
      latest: this.#opening(label, version),
      next: this.proof(label, version + 1),
      marker: marker === version ? undefined : this.proof(label, marker),
      first: version === 1 ? undefined : this.#opening(label, 1),
    };
  }

  /** The capsule as it is stored for whoever knows the label; undefined when it was never registered. */
  sealedCapsule(random: Random, label: string, stamp: RecordStamp): AddressedRecord | undefined {
    const capsule = this.capsule(label);
    const record = this.#record(label);
    if (capsule === undefined || record === undefined) return undefined;
    return sealCapsule(this.#suite, random, record, capsule, stamp);
  }

  /** The label with this number, in the order in which they came. */
  labelAt(ordinal: number): string | undefined {
    const value = this.#index.get(this.#key("o", ordinal));
    return value === undefined ? undefined : String.fromCharCode(...value);
  }

  /** Every version from `from` on, and the proofs that the owner needs of those that must not exist. */
  history(
    label: string,
    from: number,
  ): { readonly openings: readonly Opening[]; readonly absent: readonly Uint8Array[] } | undefined {
    const latest = this.latest(label);
    if (from < 1 || from > latest) return undefined;
    const openings = Array.from({ length: latest - from + 1 }, (_, i) => this.#opening(label, from + i));
    return { openings, absent: futureVersions(latest).map((version) => this.proof(label, version)) };
  }

  /** The VRF proof of a version, 80 bytes: kept where it was prepared, else computed. */
  proof(label: string, version: number): Uint8Array {
    return (this.#index.get(this.#versionKey("v", label, version)) ?? this.#vrf(label, version)).slice(
      0,
      VRF_PROOF_BYTES,
    );
  }

  #opening(label: string, version: number): Opening {
    const registration = this.registration(label, version);
    assert(registration !== undefined, "a version of a label is missing from the index");
    return { version, proof: this.proof(label, version), salt: this.#salt(label, version), registration };
  }

  #leaf(registration: Registration): TreeLeaf {
    const { label, version } = registration;
    const stored = this.#index.get(this.#versionKey("v", label, version)) ?? this.#vrf(label, version);
    return openedLeaf(this.#suite, stored.slice(VRF_PROOF_BYTES), { salt: this.#salt(label, version), registration });
  }

  /** `proof ‖ index`, 112 bytes. */
  #vrf(label: string, version: number): Uint8Array {
    const { index, proof } = placeVersion(this.#suite, this.#keys.vrf, label, version);
    return concatBytes(proof, index);
  }

  #salt(label: string, version: number): Uint8Array {
    return derive(this.#suite, this.#keys.salts, "vkd salt", labelInput(label, version), SALT_BYTES).expose();
  }

  #record(label: string): LabelRecord | undefined {
    const value = this.#index.get(this.#labelKey(label));
    if (value === undefined) return undefined;
    const decoded = decode(labelCodec, value, LABEL_BYTES_MAX);
    assert(decoded.ok, "the index holds a label that this program did not write");
    return decoded.value;
  }

  #indexed(label: string, record: LabelRecord): IndexWrite {
    return indexed(labelCodec, this.#labelKey(label), record);
  }

  #key(kind: string, ...rest: readonly number[]): Uint8Array {
    return indexKey(kind, this.log, ...rest);
  }

  #labelKey(label: string): Uint8Array {
    return indexKey("r", this.log, this.#suite.sha256(utf8ToBytes(label)));
  }

  #versionKey(kind: string, label: string, version: number): Uint8Array {
    return indexKey(kind, this.log, this.#suite.sha256(utf8ToBytes(label)), version);
  }
}

const NOTHING = new Uint8Array(0);
