import { statementOf } from "../codec/index.ts";
import { isSolved, PUZZLE_DIFFICULTY_MAX, solvePuzzle } from "../handshake/index.ts";
import type { Suite } from "../suite/index.ts";
import { type Registration, registrationCodec } from "./statement.ts";

/** What a directory hands out, so that work cannot be done in advance or twice for one registration. */
export const WORK_CHALLENGE_BYTES = 32;
export const WORK_NONCE_BYTES = 8;
/** The hardest work that a client does: about a million hashes. */
export const WORK_DIFFICULTY_MAX: number = PUZZLE_DIFFICULTY_MAX;

const WORK_DOMAIN = "chhaya label work v1";

/** What work is done on, 32 bytes: for another registration it is worth nothing. */
export function registrationHash(suite: Suite, registration: Registration): Uint8Array {
  return suite.sha256(statementOf(WORK_DOMAIN, registrationCodec, registration));
}

/** Whether SHA-256(challenge 32 ‖ nonce 8 ‖ {@link registrationHash} 32) starts with `difficulty` zero bits. Total. */
export function isWorked(
  suite: Suite,
  challenge: Uint8Array,
  hash: Uint8Array,
  nonce: Uint8Array,
  difficulty: number,
): boolean {
  if (challenge.length !== WORK_CHALLENGE_BYTES || nonce.length !== WORK_NONCE_BYTES) return false;
  return isSolved(suite, challenge, nonce, hash, difficulty);
}

/**
 * A nonce of 8 bytes for which {@link isWorked} holds, searched upwards from `start` (8 random bytes); undefined
 * when more is asked than {@link WORK_DIFFICULTY_MAX}.
 */
export function work(
  suite: Suite,
  challenge: Uint8Array,
  hash: Uint8Array,
  difficulty: number,
  start: Uint8Array,
): Uint8Array | undefined {
  return solvePuzzle(suite, challenge, hash, difficulty, start);
}
