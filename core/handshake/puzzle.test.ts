import fc from "fast-check";
import { expect, test } from "vitest";
import { portableSuite as suite } from "../suite/index.ts";
import { isSolved, PUZZLE_DIFFICULTY_MAX, solvePuzzle } from "./puzzle.ts";

const SEED = 0x9021;
const challenge = fc.uint8Array({ minLength: 16, maxLength: 16 });
const ephemeral = fc.uint8Array({ minLength: 32, maxLength: 32 });
const startNonce = fc.uint8Array({ minLength: 8, maxLength: 8 });

test("a solution has the leading zero bits that were asked for, counted bit by bit", () => {
  fc.assert(
    fc.property(challenge, ephemeral, startNonce, fc.nat(8), (c, e, s, difficulty) => {
      const nonce = solvePuzzle(suite, c, e, difficulty, s);
      expect(nonce).toHaveLength(8);
      const bits = [...suite.sha256(c, nonce!, e)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      expect(bits.slice(0, difficulty)).toBe("0".repeat(difficulty));
      expect(isSolved(suite, c, nonce!, e, bits.indexOf("1"))).toBe(true);
      expect(isSolved(suite, c, nonce!, e, bits.indexOf("1") + 1)).toBe(false);
    }),
    { seed: SEED, numRuns: 40 },
  );
});

test("the search wraps around at the end of the nonces", () => {
  const nonce = solvePuzzle(suite, new Uint8Array(16), new Uint8Array(32), 6, new Uint8Array(8).fill(0xff));
  expect(nonce).toBeDefined();
  expect(isSolved(suite, new Uint8Array(16), nonce!, new Uint8Array(32), 6)).toBe(true);
});

test("a puzzle beyond PUZZLE_DIFFICULTY_MAX is refused before any hashing", () => {
  let hashes = 0;
  const counting = { ...suite, sha256: (...parts: Uint8Array[]) => (hashes++, suite.sha256(...parts)) };
  const start = new Uint8Array(8);
  for (const difficulty of [PUZZLE_DIFFICULTY_MAX + 1, 64, 255]) {
    expect(solvePuzzle(counting, new Uint8Array(16), new Uint8Array(32), difficulty, start)).toBeUndefined();
  }
  expect(hashes).toBe(0);
});
