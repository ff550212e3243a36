import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { BoundedMap, equalConstantTime, Secret } from "../safety/index.ts";
import { ascii, KEY_BYTES, type Random, type Suite } from "../suite/index.ts";
import { isSolved, PUZZLE_CHALLENGE_BYTES, PUZZLE_NONCE_BYTES, solvePuzzle } from "./puzzle.ts";

const MAC_BYTES = 32;
const TIME_BYTES = 8;
/** A cookie as the responder mints it: MAC 32 ‖ time u64 ‖ challenge 16 ‖ difficulty 1. */
export const MINTED_BYTES: number = MAC_BYTES + TIME_BYTES + PUZZLE_CHALLENGE_BYTES + 1;
/** A cookie as the initiator returns it: minted ‖ solver nonce 8. */
export const COOKIE_BYTES: number = MINTED_BYTES + PUZZLE_NONCE_BYTES;

/** A cookie key mints for this long and is accepted for as long again. */
export const COOKIE_KEY_LIFE_MS = 60_000;
/** No cookie is accepted for longer; rotation may end its life earlier, but not before COOKIE_KEY_LIFE_MS. */
export const COOKIE_LIFE_MS = 120_000;
/** Cookies that admitted a handshake and are remembered so that each admits one. */
export const COOKIES_SPENT_MAX = 4_096;
/** The window in which handshakes are counted. */
export const LOAD_WINDOW_MS = 10_000;
/** Addresses whose handshakes are counted apart. */
export const COOKIE_ADDRESSES_MAX = 1_024;
export const PUZZLE_DIFFICULTY_MINTED_MIN = 4;
/** The hardest puzzle that a responder asks for: an honest initiator's phone must manage it. */
export const PUZZLE_DIFFICULTY_MINTED_MAX = 16;
/** Handshakes in a window that everybody may bring before puzzles get harder for all. */
const LOAD_FREE_MAX = 64;

const MAC_DOMAIN = ascii("chhaya cookie v1\0");

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** How often `count` doubles from 1. */
function doublings(count: number): number {
  return 31 - Math.clz32(Math.max(1, count));
}

/** Leading zero bits that a minted cookie of {@link MINTED_BYTES} asks for. */
export function difficultyOf(minted: Uint8Array): number {
  return minted[MINTED_BYTES - 1] as number;
}

function challengeOf(minted: Uint8Array): Uint8Array {
  return minted.subarray(MAC_BYTES + TIME_BYTES, MAC_BYTES + TIME_BYTES + PUZZLE_CHALLENGE_BYTES);
}

/** The cookie that solves a minted one; undefined when it asks for more than the limit. `start` is 8 random bytes. */
export function solveCookie(
  suite: Suite,
  minted: Uint8Array,
  ephemeral: Uint8Array,
  start: Uint8Array,
): Uint8Array | undefined {
  const nonce = solvePuzzle(suite, challengeOf(minted), ephemeral, difficultyOf(minted), start);
  return nonce === undefined ? undefined : concatBytes(minted, nonce);
}

/**
 * A responder's memory of its load and its cookie keys; nothing about an initiator is kept before it returns a
 * cookie. Under load no private-key operation happens without one (as in DTLS and IKEv2). Lives in memory only:
 * after a restart old cookies are refused and initiators are asked for new ones.
 */
export class CookieJar {
  readonly #suite: Suite;
  readonly #random: Random;
  #key: Secret;
  #previous: Secret | undefined;
  #rotated: number;
  #windowStart: number;
  #seen = 0;
  #seenBefore = 0;
  #byAddress = new BoundedMap<string, number>(COOKIE_ADDRESSES_MAX);
  readonly #spent = new BoundedMap<string, true>(COOKIES_SPENT_MAX);

  constructor(suite: Suite, random: Random, now: number) {
    this.#suite = suite;
    this.#random = random;
    this.#key = new Secret(random.bytes(KEY_BYTES));
    this.#rotated = now;
    this.#windowStart = now;
  }

  /** Counts a first message and says how many came in the fuller of this window and the last. */
  count(from: string, now: number): number {
    if (now - this.#windowStart >= LOAD_WINDOW_MS || now < this.#windowStart) {
      this.#seenBefore = now - this.#windowStart < 2 * LOAD_WINDOW_MS ? this.#seen : 0;
      this.#seen = 0;
      this.#windowStart = now;
      this.#byAddress = new BoundedMap(COOKIE_ADDRESSES_MAX);
    }
    this.#seen++;
    this.#byAddress.set(from, (this.#byAddress.get(from) ?? 0) + 1);
    return Math.max(this.#seen, this.#seenBefore);
  }

  /** A bit more for each doubling of an address's own handshakes in this window, and of the load of all. */
  #difficulty(from: string): number {
    const load = Math.floor(Math.max(this.#seen, this.#seenBefore) / LOAD_FREE_MAX);
    const bits = PUZZLE_DIFFICULTY_MINTED_MIN + doublings(this.#byAddress.get(from) ?? 1) + doublings(load);
    return Math.min(bits, PUZZLE_DIFFICULTY_MINTED_MAX);
  }

  #rotate(now: number): void {
    const age = now - this.#rotated;
    if (age >= 0 && age < COOKIE_KEY_LIFE_MS) return;
    this.#previous?.wipe();
    this.#previous = this.#key;
    if (age >= 2 * COOKIE_KEY_LIFE_MS) {
      this.#key.wipe();
      this.#previous = undefined;
    }
    this.#key = new Secret(this.#random.bytes(KEY_BYTES));
    this.#rotated = now;
  }

  #mac(key: Secret, from: string, ephemeral: Uint8Array, rest: Uint8Array): Uint8Array {
    // Both are hashed so that every part of the MAC's input has a fixed length: an address is the transport's string.
    const origin = this.#suite.sha256(utf8ToBytes(from));
    return this.#suite.hmacSha256(key, MAC_DOMAIN, origin, this.#suite.sha256(ephemeral), rest);
  }

  /** A cookie for this address and e_I without its solution: {@link MINTED_BYTES}. */
  mint(from: string, ephemeral: Uint8Array, now: number): Uint8Array {
    this.#rotate(now);
    const challenge = this.#random.bytes(PUZZLE_CHALLENGE_BYTES);
    const rest = concatBytes(u64(now), challenge, new Uint8Array([this.#difficulty(from)]));
    return concatBytes(this.#mac(this.#key, from, ephemeral, rest), rest);
  }

  /**
   * Whether a returned cookie is this node's, for this address and e_I, fresh, solved, and not used before. True
   * at most once a cookie: else one solved puzzle would buy any number of private-key operations, with other
   * ciphertexts behind the same e_I.
   */
  check(from: string, ephemeral: Uint8Array, cookie: Uint8Array, now: number): boolean {
    if (cookie.length !== COOKIE_BYTES) return false;
    this.#rotate(now);
    const mac = cookie.subarray(0, MAC_BYTES);
    const rest = cookie.subarray(MAC_BYTES, MINTED_BYTES);
    const genuine = [this.#key, this.#previous].some(
      (key) => key !== undefined && equalConstantTime(this.#mac(key, from, ephemeral, rest), mac),
    );
    if (!genuine) return false;
    const minted = Number(new DataView(rest.buffer, rest.byteOffset).getBigUint64(0));
    if (now - minted > COOKIE_LIFE_MS || minted > now) return false;
    const nonce = cookie.subarray(MINTED_BYTES);
    if (!isSolved(this.#suite, challengeOf(cookie), nonce, ephemeral, difficultyOf(cookie))) return false;
    const name = bytesToHex(mac);
    if (this.#spent.has(name)) return false;
    this.#spent.set(name, true);
    return true;
  }
}
