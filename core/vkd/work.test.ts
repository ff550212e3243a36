import fc from "fast-check";
import { expect, test } from "vitest";
import { digest, accountOf, settled, suite } from "./directory.testing.ts";
import { isWorked, registrationHash, work, WORK_DIFFICULTY_MAX } from "./index.ts";

const SEED = 0x3092;
const directory = settled("work", 1);
const registration = directory.statement("mallory", 1, accountOf("mallory"));
const hash = registrationHash(suite, registration);
const challenge = digest("challenge");

test("work is for one registration and one challenge, and as hard as was asked, counted bit by bit", () => {
  const property = fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(9), (start, difficulty) => {
    const nonce = work(suite, challenge, hash, difficulty, start)!;
    const bits = [...suite.sha256(challenge, nonce, hash)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    expect(bits.slice(0, difficulty)).toBe("0".repeat(difficulty));
    expect(isWorked(suite, challenge, hash, nonce, difficulty)).toBe(true);
    expect(isWorked(suite, challenge, hash, nonce, bits.indexOf("1") + 1)).toBe(false);
  });
  fc.assert(property, { seed: SEED, numRuns: 40 });
  const nonce = work(suite, challenge, hash, 12, new Uint8Array(8))!;
  const other = registrationHash(suite, { ...registration, issued: 1 });
  expect(isWorked(suite, challenge, hash, nonce, 12)).toBe(true);
  expect(isWorked(suite, challenge, other, nonce, 12)).toBe(false);
  expect(isWorked(suite, digest("other"), hash, nonce, 12)).toBe(false);
});

test("work of another form is none: no byte moves between its parts", () => {
  const nonce = work(suite, challenge, hash, 8, new Uint8Array(8))!;
  expect(isWorked(suite, challenge.subarray(0, 31), hash, Uint8Array.of(challenge[31]!, ...nonce), 8)).toBe(false);
  expect(isWorked(suite, Uint8Array.of(...challenge, nonce[0]!), hash, nonce.subarray(1), 8)).toBe(false);
  expect(work(suite, challenge, hash, WORK_DIFFICULTY_MAX + 1, nonce)).toBeUndefined();
});
