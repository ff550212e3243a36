import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { portableSuite as portable, type Suite } from "../../core/suite/index.ts";
import { nativeSuite as native } from "./native.ts";

const SEED = 0xa9ee;

export const raw = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
export const some = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
export const secret = (bytes: Uint8Array): Secret => Secret.copyOf(bytes);
export const littleEndian = (value: bigint): Uint8Array =>
  hexToBytes(value.toString(16).padStart(64, "0")).reverse() as Uint8Array;

/** What an operation gave, in a form that compares. */
export function shown(result: Uint8Array | Secret | boolean | undefined): string {
  if (result instanceof Secret) return bytesToHex(result.expose());
  return result instanceof Uint8Array ? bytesToHex(result) : String(result);
}

/** Both suites give the same for `use`; the common result. */
export function agreed(use: (suite: Suite) => Uint8Array | Secret | boolean | undefined): string {
  const result = shown(use(portable));
  expect(shown(use(native))).toBe(result);
  return result;
}

export function check<T extends [unknown, ...unknown[]]>(runs: number, property: fc.IProperty<T>): void {
  fc.assert(property, { seed: SEED, numRuns: runs });
}

/** One way to damage bytes: flip a bit, cut the end, or add some. */
export interface Damage {
  readonly kind: "flip" | "cut" | "add";
  readonly at: number;
}

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: fc.nat() }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({ kind: fc.constant("add" as const), at: fc.integer({ min: 1, max: 40 }) }),
);

export function damaged(bytes: Uint8Array, how: Damage): Uint8Array {
  if (how.kind === "add" || bytes.length === 0) return concatBytes(bytes, new Uint8Array(Math.max(1, how.at % 41)));
  if (how.kind === "cut") return bytes.slice(0, how.at % bytes.length);
  const copy = bytes.slice();
  const bit = how.at % (8 * bytes.length);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}
