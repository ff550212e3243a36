import { expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { portableSuite, type Suite } from "../../core/suite/index.ts";
import { sharedVerifications } from "./verifications.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A suite whose costly functions note their calls and accept whatever begins with 1. */
function counted(): { suite: Suite; calls: string[] } {
  const calls: string[] = [];
  const judge = (name: string, first: Uint8Array | undefined): boolean => {
    calls.push(name);
    return first?.[0] === 1;
  };
  const suite: Suite = {
    ...portableSuite,
    ed25519Verify: (publicKey) => judge("ed25519", publicKey),
    vrfVerify: (publicKey) => (judge("vrf", publicKey) ? bytes(7, 8, 9) : undefined),
    blsVerify: (publicKeys) => judge("bls", publicKeys[0]),
    blsVerifyPossession: (publicKey) => judge("possession", publicKey),
    argon2id: (password, _salt, cost, length) => {
      judge("argon2id", password);
      return new Secret(new Uint8Array(length).fill(cost.passes));
    },
  };
  return { suite: sharedVerifications(suite), calls };
}

test("each result is computed once, and is the one that the suite gives", () => {
  const { suite, calls } = counted();
  const [good, bad, other] = [bytes(1), bytes(2), bytes(3)];
  for (let i = 0; i < 3; i++) {
    for (const key of [good, bad]) {
      const expected = key === good;
      expect(suite.ed25519Verify(key, other, other)).toBe(expected);
      expect(suite.blsVerify([key], other, other)).toBe(expected);
      expect(suite.blsVerifyPossession(key, other)).toBe(expected);
    }
    expect(suite.vrfVerify(good, other, other)).toEqual(bytes(7, 8, 9));
    expect(suite.argon2id(good, other, { memoryKiB: 8, passes: 5 }, 4).expose()).toEqual(bytes(5, 5, 5, 5));
  }
  expect(calls.toSorted()).toEqual([
    "argon2id",
    ...Array<string>(2).fill("bls"),
    ...Array<string>(2).fill("ed25519"),
    ...Array<string>(2).fill("possession"),
    "vrf",
  ]);
  expect(suite.vrfVerify(bad, other, other)).toBeUndefined();
});

test("no two lists of arguments with one concatenation share a result", () => {
  const { suite, calls } = counted();
  const none = bytes();
  const splits: readonly (readonly [Uint8Array[], Uint8Array])[] = [
    [[bytes(1, 2), bytes(3)], none],
    [[bytes(1), bytes(2, 3)], none],
    [[bytes(1, 2, 3)], none],
    [[bytes(1, 2)], bytes(3)],
    [[], bytes(1, 2, 3)],
  ];
  for (const [keys, message] of splits) suite.blsVerify(keys, message, none);
  const { memoryKiB, passes } = { memoryKiB: 8, passes: 1 };
  for (const [cost, length] of [
    [{ memoryKiB, passes }, 4],
    [{ memoryKiB, passes }, 5],
    [{ memoryKiB, passes: 2 }, 4],
    [{ memoryKiB: 9, passes }, 4],
  ] as const) {
    suite.argon2id(bytes(1), bytes(2), cost, length);
  }
  expect(calls).toEqual([...Array<string>(5).fill("bls"), ...Array<string>(4).fill("argon2id")]);
});

test("what a caller does to its result no other caller sees", () => {
  const { suite } = counted();
  const cost = { memoryKiB: 8, passes: 5 };
  for (let i = 0; i < 2; i++) {
    const output = suite.vrfVerify(bytes(1), bytes(), bytes());
    expect(output).toEqual(bytes(7, 8, 9));
    output?.fill(0);
    const key = suite.argon2id(bytes(1), bytes(), cost, 2);
    expect(key.expose()).toEqual(bytes(5, 5));
    key.wipe();
  }
});
