import { expect, test } from "vitest";
import type { Cell } from "./cell.ts";
import { identityUntil, networkIdentity } from "./network-identity.ts";

const DAY_MS = 86_400_000;
const START = 1_800_000_000_000;

test("is kept until it is due, and then another one", () => {
  const written: Uint8Array[] = [];
  const cell: Cell = { read: () => written.at(-1)?.slice(), write: (contents) => void written.push(contents.slice()) };
  const at = (now: number, days = 7): { hex: string; drawn: number } => {
    const { drawn, seed } = networkIdentity(cell, days, now);
    return { hex: Buffer.from(seed.expose()).toString("hex"), drawn };
  };
  const first = at(START);
  expect(first).toMatchObject({ drawn: START, hex: expect.stringMatching(/^[0-9a-f]{64}$/u) });
  expect(at(START + 7 * DAY_MS - 1)).toEqual(first);
  // For good.
  expect(at(START + 100 * DAY_MS, 0)).toEqual(first);
  const second = at(START + 7 * DAY_MS);
  expect(second.drawn).toBe(START + 7 * DAY_MS);
  expect(second.hex).not.toBe(first.hex);
  // The clock was set back: an identity of the future would stay for too long.
  expect(at(START).drawn).toBe(START);
  expect(written).toHaveLength(3);
  expect(identityUntil(first, 7)).toBe(START + 7 * DAY_MS);
  expect(identityUntil(first, 0)).toBeUndefined();
});
