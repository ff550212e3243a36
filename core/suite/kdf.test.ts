import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AssertionFailure, Secret } from "../safety/index.ts";
import { ascii, derive, hkdfN12, oppositeRole, ROLE_INITIATOR, ROLE_RESPONDER, saltOf } from "./kdf.ts";
import { portableSuite as suite } from "./portable.ts";
import vectors from "./vectors/kdf.json" with { type: "json" };

const SEED = 0x4df;
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** RFC 5869 in its own words, under the salt as the protocol writes it; nothing of the code under test. */
function reference(ikm: Uint8Array, label: string, info: Uint8Array, length: number): string {
  const salt = Buffer.concat([Buffer.of(0x01, 0x01), Buffer.from(`X25519+ML-KEM-1024:AES-256-GCM${label}`, "latin1")]);
  const prk = createHmac("sha256", salt).update(ikm).digest();
  const blocks: Buffer[] = [];
  for (let i = 1; blocks.length * 32 < length; i++) {
    const previous = blocks.at(-1) ?? Buffer.alloc(0);
    blocks.push(createHmac("sha256", prk).update(previous).update(info).update(Buffer.of(i)).digest());
  }
  return Buffer.concat(blocks).subarray(0, length).toString("hex");
}

test.each(vectors.derived)(
  "derivation under $label of $length bytes is pinned",
  ({ ikm, info, label, length, okm }) => {
    expect(reference(fromHex(ikm), label, fromHex(info), length)).toBe(okm);
    expect(toHex(derive(suite, new Secret(fromHex(ikm)), label, fromHex(info), length).expose())).toBe(okm);
  },
);

test.each(vectors.nonces)("the nonce of $key is pinned", ({ key, info, nonce }) => {
  expect(reference(fromHex(key), "hkdf_n12", fromHex(info), 12)).toBe(nonce);
  expect(toHex(hkdfN12(suite, new Secret(fromHex(key)), fromHex(info)))).toBe(nonce);
});

test("the salt is WIRE_VER, PROTO_VER, PROTO_SUITE and the label", () => {
  expect(toHex(saltOf("label"))).toBe(vectors.salt);
  expect(vectors.salt).toBe(`0101${Buffer.from("X25519+ML-KEM-1024:AES-256-GCMlabel").toString("hex")}`);
});

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const label = fc.string({ maxLength: 40 }).filter((text) => /^[\x20-\x7e]*$/u.test(text));

test("any derivation is that of the reference, and a nonce has 12 bytes", () => {
  const property = fc.property(
    bytes(80),
    label,
    bytes(80),
    fc.integer({ min: 1, max: 200 }),
    (ikm, name, info, length) => {
      const derived = derive(suite, Secret.copyOf(ikm), name, info, length);
      expect(derived.length).toBe(length);
      expect(toHex(derived.expose())).toBe(reference(ikm, name, info, length));
      expect(hkdfN12(suite, Secret.copyOf(ikm), info).length).toBe(12);
    },
  );
  fc.assert(property, { seed: SEED });
});

test("another key material, label or info gives another key; moving a byte from one to the next does too", () => {
  const property = fc.property(
    bytes(40),
    label,
    bytes(40),
    bytes(40),
    label,
    bytes(40),
    (ikm, name, info, ikm2, name2, info2) => {
      const of = (k: Uint8Array, l: string, i: Uint8Array): string =>
        toHex(derive(suite, Secret.copyOf(k), l, i, 32).expose());
      const inputs: [Uint8Array, string, Uint8Array][] = [
        [ikm, name, info],
        [ikm2, name, info],
        [ikm, name2, info],
        [ikm, name, info2],
        [ikm, `${name}x`, info],
        [ikm, name, Uint8Array.of(0x78, ...info)],
      ];
      // Key material and info are messages of HMAC, which pads only its key, so nothing short of equality collides.
      const distinct = new Set(inputs.map(([k, l, i]) => `${toHex(k)}|${l}|${toHex(i)}`));
      expect(new Set(inputs.map((input) => of(...input))).size).toBe(distinct.size);
    },
  );
  fc.assert(property, { seed: SEED });
});

test("a key and its nonce come from different labels, so the nonce is no part of a key", () => {
  const key = new Secret(new Uint8Array(32).fill(3));
  const nonce = toHex(hkdfN12(suite, key, new Uint8Array(4)));
  expect(toHex(derive(suite, key, "body", new Uint8Array(4), 32).expose())).not.toContain(nonce);
  expect(toHex(derive(suite, key, "hkdf_n12", new Uint8Array(4), 32).expose()).slice(0, 24)).toBe(nonce);
});

test("a label that is not ASCII, or that zero padding would make another's equal, is a bug", () => {
  expect(() => ascii("naïve")).toThrow(AssertionFailure);
  expect(() => saltOf("ключ")).toThrow(AssertionFailure);
  expect(() => saltOf("label\0")).toThrow(AssertionFailure);
  expect([...ascii("\0~")]).toEqual([0, 0x7e]);
});

test("the roles are I and R, each the other's opposite", () => {
  expect([ROLE_INITIATOR, ROLE_RESPONDER]).toEqual([..."IR"].map((letter) => letter.charCodeAt(0)));
  expect(oppositeRole(ROLE_INITIATOR)).toBe(ROLE_RESPONDER);
  expect(oppositeRole(ROLE_RESPONDER)).toBe(ROLE_INITIATOR);
});
