import { splitTag } from "../envelope/index.ts";
import { assert, type Result, Secret, wipeAll } from "../safety/index.ts";
import {
  derive,
  type KeyPair,
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_PUBLIC_BYTES,
  portableSuite,
  type Random,
  type Role,
  ROLE_INITIATOR,
  ROLE_RESPONDER,
  type Suite,
  x25519KeyPair,
} from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { openMessage } from "./open.ts";
import { DEFAULT_RATCHET_POLICY, type RatchetCode, type RatchetPolicy } from "./policy.ts";
import { receivingTags } from "./recognised.ts";
import { sealMessage } from "./seal.ts";
import { startRatchet } from "./start.ts";
import type { RatchetState } from "./state.ts";

// A toy group, the integers modulo a 61-bit Mersenne prime: commutative and fast, and breakable by anyone.
const PRIME = 2n ** 61n - 1n;
const GENERATOR = 37n;
const EMPTY = new Uint8Array(0);

function toNumber(bytes: Uint8Array): bigint {
  return bytes.subarray(0, 8).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function toBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 7; i >= 0; i--, value >>= 8n) bytes[i] = Number(value & 0xffn);
  return bytes;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n, base = (base * base) % PRIME) {
    if (exponent & 1n) result = (result * base) % PRIME;
  }
  return result;
}

/** The portable suite with a toy Diffie–Hellman and a toy KEM: for properties of the state machine only. */
export const toySuite: Suite = {
  ...portableSuite,
  name: "toy",
  x25519Public: (secret) => toBytes(power(GENERATOR, toNumber(secret.expose())), 32),
  x25519Shared(secret, peer) {
    const base = toNumber(peer) % PRIME;
    return base <= 1n ? undefined : new Secret(toBytes(power(base, toNumber(secret.expose())), 32));
  },
  mlKemPublic: (seed) => toBytes(power(GENERATOR, toNumber(seed.expose())), MLKEM_PUBLIC_BYTES),
  mlKemEncapsulate(publicKey, random) {
    const base = toNumber(publicKey) % PRIME;
    if (publicKey.length !== MLKEM_PUBLIC_BYTES || base <= 1n) return undefined;
    const coins = toNumber(random.bytes(32));
    const ciphertext = toBytes(power(GENERATOR, coins), MLKEM_CIPHERTEXT_BYTES);
    return { ciphertext, shared: derive(toySuite, new Secret(toBytes(power(base, coins), 32)), "toy", EMPTY, 32) };
  },
  mlKemDecapsulate(seed, ciphertext) {
    const shared = new Secret(toBytes(power(toNumber(ciphertext), toNumber(seed.expose())), 32));
    return derive(toySuite, shared, "toy", EMPTY, 32);
  },
};

export interface Envelope {
  readonly tag: string;
  readonly rest: Uint8Array;
}

/** One end, driven as an engine drives it: it commits, wipes what is spent, and keeps its set of tags. */
export class End {
  readonly suite: Suite;
  readonly random: Random;
  state: RatchetState;
  readonly tags: Set<string>;

  constructor(suite: Suite, random: Random, state: RatchetState) {
    this.suite = suite;
    this.random = random;
    this.state = state;
    this.tags = new Set(receivingTags(suite, state));
  }

  seal(payload: Uint8Array, policy: RatchetPolicy, now: number): Result<Envelope, RatchetCode> {
    const sealed = sealMessage(this.suite, this.random, this.state, payload, policy, now);
    if (!sealed.ok) return sealed;
    this.#commit({ ...sealed.value, tags: { added: [], removed: [] } });
    const split = splitTag(sealed.value.envelope);
    assert(split !== undefined, "sealed envelope without a tag");
    return { ok: true, value: split };
  }

  open({ tag, rest }: Envelope, now: number): Result<Uint8Array, RatchetCode> {
    const opened = openMessage(this.suite, this.random, this.state, tag, rest, now);
    if (!opened.ok) return opened;
    this.#commit(opened.value);
    return { ok: true, value: opened.value.payload };
  }

  #commit(result: {
    readonly state: RatchetState;
    readonly tags: { readonly added: readonly string[]; readonly removed: readonly string[] };
    readonly spent: readonly Secret[];
  }): void {
    this.state = result.state;
    for (const tag of result.tags.removed) assert(this.tags.delete(tag), "removed a tag that was not there");
    for (const tag of result.tags.added) {
      assert(!this.tags.has(tag), "added a tag twice");
      this.tags.add(tag);
    }
    wipeAll(result.spent);
  }
}

export const TEST_TRANSCRIPT: Uint8Array = new Uint8Array(32).fill(0x54);

/** The two ends of a fresh session, deterministic in `seed`. */
export function startPair(
  seed: string,
  options: { suite?: Suite; random?: (role: Role) => Random } = {},
): { readonly initiator: End; readonly responder: End } {
  const suite = options.suite ?? toySuite;
  const random = countingRandom(`${seed}/handshake`);
  const root = random.bytes(32);
  const keys: Record<Role, KeyPair> = {
    [ROLE_INITIATOR]: x25519KeyPair(suite, random),
    [ROLE_RESPONDER]: x25519KeyPair(suite, random),
  };
  const theirs = { [ROLE_INITIATOR]: keys[ROLE_RESPONDER].publicKey, [ROLE_RESPONDER]: keys[ROLE_INITIATOR].publicKey };
  const end = (role: Role): End => {
    const own = options.random?.(role) ?? countingRandom(`${seed}/${role}`);
    const handed = {
      role,
      root: Secret.copyOf(root),
      transcript: TEST_TRANSCRIPT,
      mine: keys[role],
      theirs: theirs[role],
    };
    const state = startRatchet(suite, handed, 0);
    return new End(suite, own, state);
  };
  return { initiator: end(ROLE_INITIATOR), responder: end(ROLE_RESPONDER) };
}

/** The value of a result that must be good. */
export function must<T>(result: Result<T, string>): T {
  assert(result.ok, result.ok ? "" : `refused: ${result.error}`);
  return result.value;
}

/** A policy without KEM epochs and without an end. */
export const QUIET: RatchetPolicy = {
  ...DEFAULT_RATCHET_POLICY,
  kemMessages: Number.MAX_SAFE_INTEGER,
  kemMs: Number.MAX_SAFE_INTEGER,
  sessionMs: Number.MAX_SAFE_INTEGER,
};

/** A message of `length` bytes that depends on `index`. */
export function payloadOf(index: number, length = 4): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (index * 31 + i * 7 + (index >> 8)) & 0xff);
}
