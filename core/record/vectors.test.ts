import { createHash, createPrivateKey, hkdfSync, sign, verify, createPublicKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { contentRecord, recordKey, signRecord, verifyRecord } from "./index.ts";
import vectors from "./vectors.json" with { type: "json" };

/** Known answers for other implementations, and against changes of the wire by accident. */
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha256 = (...parts: (string | Uint8Array)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

test("the content record", () => {
  const { address, body, value } = vectors.content;
  const record = contentRecord(suite, fromHex(body));
  expect([toHex(record.address), toHex(record.value)]).toEqual([address, value]);
});

test("the signed record", () => {
  const { address, body, expires, info, label, publicKey, secret, seed, sequence, value } = vectors.signed;
  const key = recordKey(suite, new Secret(fromHex(secret)), label, fromHex(info));
  expect([toHex(key.seed.expose()), toHex(key.publicKey), toHex(key.address)]).toEqual([seed, publicKey, address]);
  expect(toHex(signRecord(suite, key, { sequence, expires }, fromHex(body)))).toBe(value);
});

test.each(vectors.refused)("refused: $code ($what)", ({ address, code, now, value }) => {
  expect(verifyRecord(suite, fromHex(address), fromHex(value), now)).toEqual({ ok: false, error: code });
});

describe("SPEC.md once more, with node:crypto and nothing of the code under test", () => {
  test("a content record", () => {
    const { address, body, value } = vectors.content;
    expect(value).toBe(`01${body}`);
    expect(sha256("chhaya content record v1\0", fromHex(body))).toBe(address);
  });

  test("a signed record", () => {
    const { address, body, expires, info, label, publicKey, secret, seed, sequence, value } = vectors.signed;
    const salt = Buffer.from(`\u0001\u0001X25519+ML-KEM-1024:AES-256-GCM${label}`);
    expect(toHex(new Uint8Array(hkdfSync("sha256", fromHex(secret), salt, fromHex(info), 32)))).toBe(seed);
    const pkcs8 = Buffer.concat([fromHex("302e020100300506032b657004220420"), fromHex(seed)]);
    const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
    expect(spki.subarray(-32).toString("hex")).toBe(publicKey);
    expect(sha256("chhaya signed record v1\0", fromHex(publicKey))).toBe(address);
    const u64 = (number: number): string => number.toString(16).padStart(16, "0");
    const before = `02${publicKey}${u64(sequence)}${u64(expires)}${body}`;
    const statement = Buffer.concat([Buffer.from("chhaya record signature v1\0"), fromHex(before)]);
    expect(value).toBe(before + sign(null, statement, privateKey).toString("hex"));
    expect(verify(null, statement, createPublicKey(privateKey), fromHex(value.slice(-128)))).toBe(true);
  });
});
