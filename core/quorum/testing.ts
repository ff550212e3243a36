import { Secret } from "../safety/index.ts";
import { BLS_PUBLIC_BYTES, BLS_SIGNATURE_BYTES, portableSuite, type Suite } from "../suite/index.ts";
import { digest } from "../tlog/testing.ts";
import {
  combine,
  cosign,
  type Rotation,
  rotationHash,
  type UnsignedRotation,
  type WitnessMember,
  type WitnessSet,
} from "./index.ts";

/**
 * A suite whose BLS signatures anyone can compute, thousands a second: for what depends on who signed what, and not on
 * how hard it is to forge. A signature is a hash of key and message; an aggregate is the XOR of its parts.
 */
export const openSuite: Suite = {
  ...portableSuite,
  blsPublic: (seed) => stretched([seed.expose()], BLS_PUBLIC_BYTES),
  blsSign: (seed, message) => openSignature(openSuite.blsPublic(seed), message),
  blsProvePossession: (seed) => stretched([openSuite.blsPublic(seed)], BLS_SIGNATURE_BYTES),
  blsVerifyPossession: (key, proof) => equal(proof, stretched([key], BLS_SIGNATURE_BYTES)),
  blsVerify(keys, message, signature) {
    if (keys.length === 0) return false;
    return equal(signature, xor(keys.map((key) => openSignature(key, message))));
  },
  blsAggregate: (signatures) => (signatures.length === 0 ? undefined : xor(signatures)),
};

function openSignature(key: Uint8Array, message: Uint8Array): Uint8Array {
  return stretched([key, message], BLS_SIGNATURE_BYTES);
}

function stretched(parts: readonly Uint8Array[], length: number): Uint8Array {
  const blocks = [0, 1, 2].map((i) => portableSuite.sha256(Uint8Array.of(i), ...parts));
  return Uint8Array.from(blocks.flatMap((block) => [...block])).subarray(0, length);
}

function xor(parts: readonly Uint8Array[]): Uint8Array {
  return parts.reduce((sum, part) => sum.map((byte, i) => byte ^ (part[i] as number)));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}

/** A witness set with the secrets of its members, in the order of the set. */
export interface Panel {
  readonly set: WitnessSet;
  readonly seeds: readonly Secret[];
}

export function seedOf(name: string): Secret {
  return new Secret(digest(`witness ${name}`));
}

interface Witness {
  readonly seed: Secret;
  readonly member: WitnessMember;
}

const witnesses = new Map<string, Witness>();

/** The witness of this name: made once, since real keys and proofs take tens of milliseconds. */
export function witnessOf(suite: Suite, name: string): Witness {
  const id = `${suite === openSuite} ${name}`;
  const seed = seedOf(name);
  const found = witnesses.get(id) ?? {
    seed,
    member: { key: suite.blsPublic(seed), possession: suite.blsProvePossession(seed) },
  };
  witnesses.set(id, found);
  return found;
}

export function panelOf(suite: Suite, names: readonly string[], threshold: number): Panel {
  const enrolled = names.map((name) => witnessOf(suite, name));
  enrolled.sort((a, b) => Buffer.compare(a.member.key, b.member.key));
  return {
    set: { threshold, members: enrolled.map(({ member }) => member) },
    seeds: enrolled.map(({ seed }) => seed),
  };
}

/** The parts over `hash` of the members with these numbers. */
export function partsOf(
  suite: Suite,
  panel: Panel,
  hash: Uint8Array,
  signers: readonly number[],
): Map<number, Uint8Array> {
  return new Map(signers.map((member) => [member, cosign(suite, panel.seeds[member] as Secret, hash)]));
}

/** The first `threshold` members hand over. */
export function rotated(suite: Suite, panel: Panel, rotation: UnsignedRotation): Rotation {
  const signers = Array.from({ length: panel.set.threshold }, (_, member) => member);
  const parts = partsOf(suite, panel, rotationHash(suite, rotation), signers);
  const cosignature = combine(suite, panel.set, parts);
  if (cosignature === undefined) throw new Error("no quorum");
  return { ...rotation, cosignature };
}
