import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "../../core/codec/index.ts";
import { DEFAULT_SETTINGS, type Roles } from "../../core/node/index.ts";
import { AssertionFailure, Secret } from "../../core/safety/index.ts";
import { systemRandom } from "../suite/index.ts";
import { type Entry, entryCodec } from "./entry.ts";
import { engineEnvironment, environmentCodec, recordedEnvironment } from "./environment.ts";
import { inputCodec } from "./input.ts";
import { anyInput, sampleEntries } from "./recorder.testing.ts";
import { number, string } from "./values.ts";

const SEED = 0x4ec;
const BYTES_MAX = 2 ** 20;

test("every input comes back as it was, from one encoding", () => {
  const property = fc.property(anyInput, (input) => {
    const bytes = encode(inputCodec, input);
    const decoded = decode(inputCodec, bytes, BYTES_MAX);
    expect(decoded).toStrictEqual({ ok: true, value: input });
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

test("every string and number is taken as it is", () => {
  for (const text of ["", "\u{1f600}", "\ud800", "\udc00x", "\0", "\ufeff"]) {
    expect(decode(string, encode(string, text), 64)).toEqual({ ok: true, value: text });
  }
  for (const value of [0, -0, -1, 0.5, 2 ** 53, Number.NaN, Infinity, -Infinity]) {
    expect(decode(number, encode(number, value), 64)).toEqual({ ok: true, value });
  }
  // An odd length, and another NaN.
  expect(decode(string, Uint8Array.of(0x41, 0x61), 64)).toEqual({ ok: false, error: "codec/out-of-range" });
  const nan = Uint8Array.of(0x48, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1);
  expect(decode(number, nan, 64)).toEqual({ ok: false, error: "codec/out-of-range" });
});

test("a changed entry is refused, or is the one encoding of another", () => {
  const input = anyInput.map((value): Entry => ({ kind: "input", at: 1, input: value }));
  const anyEntry = fc.oneof(input, fc.constantFrom(...sampleEntries));
  const property = fc.property(anyEntry, fc.nat(), fc.integer({ min: 1, max: 255 }), (entry, place, flip) => {
    const bytes = encode(entryCodec, entry);
    const at = place % bytes.length;
    bytes[at] = (bytes[at] as number) ^ flip;
    const decoded = decode(entryCodec, bytes, BYTES_MAX);
    if (decoded.ok) expect(encode(entryCodec, decoded.value)).toEqual(bytes);
    else expect(decoded.error).toMatch(/^codec\//u);
    const cut = decode(entryCodec, bytes.subarray(0, at), BYTES_MAX);
    expect(cut.ok).toBe(false);
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

test("the program's version is fit to be shown", () => {
  for (const version of ["", "1.0.0 ", "\x1b[2J", "é", "1".repeat(65)]) {
    expect(() => encode(entryCodec, { kind: "program", version })).toThrow(AssertionFailure);
  }
  const bytes = encode(entryCodec, { kind: "program", version: "1" });
  bytes[bytes.length - 2] = 0x1b;
  expect(decode(entryCodec, bytes, BYTES_MAX)).toEqual({ ok: false, error: "codec/out-of-range" });
});

test("the environment comes back with every default in it", () => {
  const members = [{ key: new Uint8Array(48).fill(1), possession: new Uint8Array(96).fill(2) }];
  const anchor = {
    name: "town",
    key: new Uint8Array(32).fill(3),
    vrf: new Uint8Array(32).fill(4),
    witnesses: { threshold: 1, members },
    cost: { memoryKiB: 8, passes: 1 },
    epochMs: 60_000,
  };
  const seed = systemRandom.bytes(32);
  const roles: Roles = {
    logs: [{ anchor, servers: ["m"], directory: "d" }],
    agreement: 2,
    mirrors: false,
    witness: { seed: new Secret(seed), logs: [anchor] },
  };
  const recorded = recordedEnvironment({ settings: { ackDelayMs: 7 }, roles });
  const decoded = decode(environmentCodec, encode(environmentCodec, recorded), BYTES_MAX);
  if (!decoded.ok) throw new Error(decoded.error);
  const { roles: again, settings } = engineEnvironment(decoded.value, systemRandom);
  expect(settings).toEqual({ ...DEFAULT_SETTINGS, ackDelayMs: 7 });
  expect(again).toMatchObject({ logs: roles.logs, agreement: 2, witness: { logs: [anchor] } });
  expect(again?.witness?.seed.expose()).toEqual(seed);
  const bare = decode(environmentCodec, encode(environmentCodec, recordedEnvironment({})), BYTES_MAX);
  expect(bare).toMatchObject({ ok: true, value: { roles: { logs: [], agreement: 1, witness: undefined } } });
  expect(() => recordedEnvironment({ roles: { mirrors: true } })).toThrow(AssertionFailure);
});
