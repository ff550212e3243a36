import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { expect } from "vitest";
import { Secret } from "../safety/index.ts";

/** The bytes of a vector as a view into a larger buffer, which is how they arrive from a decoder. */
export function bytes(hex: string): Uint8Array {
  const value = hexToBytes(hex);
  const around = new Uint8Array(value.length + 8).fill(0xa5);
  around.set(value, 3);
  return around.subarray(3, 3 + value.length);
}

export const secret = (hex: string): Secret => new Secret(bytes(hex));
export const zeros = (length: number): Uint8Array => new Uint8Array(length);

/** In hex, and with its own plain memory: no Buffer, no view into a pool that other code reads. */
export function plain(value: Uint8Array | Secret | undefined): string | undefined {
  if (value === undefined) return undefined;
  const given = value instanceof Secret ? value.expose() : value;
  expect(Object.getPrototypeOf(given)).toBe(Uint8Array.prototype);
  expect(given.buffer.byteLength).toBe(given.length);
  return bytesToHex(given);
}
