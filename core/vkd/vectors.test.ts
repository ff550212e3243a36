import { argon2Sync, createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { encode as cbor } from "cborg";
import { describe, expect, test } from "vitest";
import { type Codec, decode } from "../codec/index.ts";
import { signedHeadCodec } from "../tlog/index.ts";
import { codeOf, must, suite } from "./directory.testing.ts";
import {
  absenceCodec,
  anchorFromBytes,
  firstTerm,
  historyCodec,
  isWorked,
  locate,
  type LogView,
  logId,
  lookupCodec,
  openCapsule,
  stretchLabel,
  verifyAbsence,
  verifyHistory,
  verifyLookup,
} from "./index.ts";
import vectors from "./vectors.json" with { type: "json" };
import { vkdVectors } from "./vectors.testing.ts";

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const sha256 = (...parts: (string | Uint8Array)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

const anchor = must(anchorFromBytes(fromHex(vectors.anchor.bytes)));
const versions = [vectors["version 1"], vectors["version 2"]];

test.each(Object.entries(vkdVectors()))("known answers: %s", (name, computed) => {
  expect(computed).toEqual(vectors[name as keyof typeof vectors]);
});

test("no known answer is left out", () => {
  expect(Object.keys(vkdVectors())).toEqual(Object.keys(vectors));
});

describe("SPEC.md once more, with node:crypto, cborg and nothing of the code under test", () => {
  const { cost, epochMs, key, vrf, witnesses } = anchor;

  test("the identity of a log", () => {
    const members = witnesses.members.map((member) => [member.key, member.possession]);
    const set = sha256("chhaya witness set v1\0", cbor([witnesses.threshold, members]));
    const identity = cbor([key, vrf, fromHex(set), [cost.memoryKiB, cost.passes], epochMs]);
    expect(sha256("chhaya vkd log v1\0", identity)).toBe(vectors.anchor.log);
    expect(Buffer.from(logId(suite, anchor)).toString("hex")).toBe(vectors.anchor.log);
  });

  test.each(versions)("index, commitment and work of version $version", (vector) => {
    const { label, version } = vector;
    const input = Buffer.concat([
      Buffer.from("chhaya vkd label v1\0"),
      Buffer.from([label.length]),
      Buffer.from(label),
      Buffer.from([0, 0, version >> 8, version & 0xff]),
    ]);
    expect(input.toString("hex")).toBe(vector.vrfInput);
    const index = locate(suite, anchor, label, version, fromHex(vector.vrfProof));
    expect(index).toEqual(fromHex(vector.index));
    const registration = fromHex(vector.registration);
    expect(sha256("chhaya vkd commitment v1\0", fromHex(vector.salt), registration)).toBe(vector.commitment);
    if (version === 2) expect(sha256("chhaya label work v1\0", registration)).toBe(vectors.work.hash);
  });

  test("the address and the key of a sealed capsule, and what it holds", () => {
    const { address, encoded, expires, key, label, publicKey, recordSeed, sealed, seed, sequence } = vectors.capsule;
    const derive = (ikm: Uint8Array, name: string, info: Uint8Array, length: number): Buffer => {
      const salt = Buffer.from(`\u0001\u0001X25519+ML-KEM-1024:AES-256-GCM${name}`);
      return Buffer.from(hkdfSync("sha256", ikm, salt, info, length));
    };
    const none = new Uint8Array(0);
    const stretched = argon2Sync("argon2id", {
      message: label,
      nonce: fromHex(sha256("chhaya vkd capsule salt v1\0", fromHex(vectors.anchor.log))).subarray(0, 16),
      memory: cost.memoryKiB,
      passes: cost.passes,
      parallelism: 1,
      tagLength: 64,
    });
    expect(derive(stretched, "vkd capsule record key", none, 32).toString("hex")).toBe(recordSeed);
    expect(sha256("chhaya signed record v1\0", fromHex(publicKey))).toBe(address);
    expect(derive(stretched, "vkd capsule key", none, 32).toString("hex")).toBe(key);
    const veilKey = derive(fromHex(key), "vkd capsule", Buffer.concat([fromHex(seed), fromHex(address)]), 32);
    const cipher = createDecipheriv("aes-256-gcm", veilKey, derive(veilKey, "hkdf_n12", none, 12));
    const box = fromHex(sealed).subarray(1 + 32 + 8 + 8, -64);
    cipher.setAuthTag(box.subarray(-16));
    const padded = Buffer.concat([cipher.update(box.subarray(16, -16)), cipher.final()]);
    expect(padded.toString("hex")).toBe(`${encoded}80`.padEnd(2 * (4_096 - 32), "0"));
    const times = [sequence, expires].map((time) => time.toString(16).padStart(16, "0")).join("");
    expect(sealed.startsWith(`02${publicKey}${times}${seed}`)).toBe(true);
  });

  test("work", () => {
    const { challenge, difficulty, hash, nonce } = vectors.work;
    const digest = sha256(fromHex(challenge), fromHex(nonce), fromHex(hash));
    expect(Number.parseInt(digest.slice(0, 8), 16) >>> (32 - difficulty)).toBe(0);
    expect(isWorked(suite, fromHex(challenge), fromHex(hash), fromHex(nonce), difficulty)).toBe(true);
  });
});

test("the sealed capsule opens with what follows from the label", () => {
  const { label, sealed, sequence } = vectors.capsule;
  expect(codeOf(openCapsule(suite, stretchLabel(suite, anchor, label), fromHex(sealed), sequence))).toBe("ok");
});

describe("a proof", () => {
  function viewOf(vector: { readonly last: string; readonly now: number; readonly headAgeMsMax: number }): LogView {
    const { headAgeMsMax, last, now } = vector;
    const head = must(decode(signedHeadCodec, fromHex(last), 1_024));
    return { anchor, terms: [firstTerm(anchor)], last: head, now, headAgeMsMax };
  }
  function read<T>(codec: Codec<T>, hex: string): T {
    return must(decode(codec, fromHex(hex), 65_536));
  }

  test("of a lookup, an absence and a history verifies", () => {
    const { absence, history, lookup } = vectors;
    const found = must(verifyLookup(suite, viewOf(lookup), lookup.label, read(lookupCodec, lookup.proof)));
    expect(found.registration.version).toBe(2);
    const missing = verifyAbsence(suite, viewOf(absence), absence.label, read(absenceCodec, absence.proof));
    expect(codeOf(missing)).toBe("ok");
    const proof = read(historyCodec, history.proof);
    const told = must(verifyHistory(suite, viewOf(history), history.label, history.from, proof));
    expect(told.registrations.map(({ version }) => version)).toEqual([1, 2]);
  });
});
