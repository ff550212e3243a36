import type { Suite } from "../suite/index.ts";

/** The hardest puzzle that an initiator solves: about a million hashes. */
export const PUZZLE_DIFFICULTY_MAX = 20;
export const PUZZLE_CHALLENGE_BYTES = 16;
export const PUZZLE_NONCE_BYTES = 8;
/** Each try succeeds with probability 2^-difficulty, so this many times the expected number fails once in e^64 runs. */
const PUZZLE_TRIES_FACTOR_MAX = 64;

function leadingZeroBits(hash: Uint8Array): number {
  let bits = 0;
  for (const byte of hash) {
    if (byte === 0) bits += 8;
    else return bits + Math.clz32(byte) - 24;
  }
  return bits;
}

/** Whether SHA-256(challenge ‖ nonce ‖ e_I) starts with `difficulty` zero bits. */
export function isSolved(
  suite: Suite,
  challenge: Uint8Array,
  nonce: Uint8Array,
  ephemeral: Uint8Array,
  difficulty: number,
): boolean {
  return leadingZeroBits(suite.sha256(challenge, nonce, ephemeral)) >= difficulty;
}

/**
 * A nonce of 8 bytes that solves the puzzle, searched upwards from `start` (modulo 2^64); undefined when the
 * puzzle is harder than {@link PUZZLE_DIFFICULTY_MAX}.
 */
export function solvePuzzle(
  suite: Suite,
  challenge: Uint8Array,
  ephemeral: Uint8Array,
  difficulty: number,
  start: Uint8Array,
): Uint8Array | undefined {
  if (difficulty > PUZZLE_DIFFICULTY_MAX) return undefined;
  const nonce = start.slice();
  for (let tries = PUZZLE_TRIES_FACTOR_MAX * 2 ** difficulty; tries > 0; tries--) {
    if (isSolved(suite, challenge, nonce, ephemeral, difficulty)) return nonce;
    for (let i = nonce.length - 1; i >= 0; i--) {
      const next = ((nonce[i] as number) + 1) & 0xff;
      nonce[i] = next;
      if (next !== 0) break;
    }
  }
  return undefined;
}
