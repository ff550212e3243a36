import { argon2Sync, createDecipheriv, hkdfSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recover } from "../../core/logstore/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { FileLogStorage, openKey, readBackup, readSealedFile } from "./index.ts";
import vectors from "./vectors.json" with { type: "json" };

const { backup, keyFile, log, passphrase, sealedFile, storageKey } = vectors;
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const key = (): Secret => new Secret(bytesOf(storageKey));
const words = (): Secret => new Secret(new TextEncoder().encode(passphrase));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chhaya-vectors-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** HKDF-SHA256 under the project's salt, by the specification. */
function derive(ikm: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  const salt = Buffer.concat([Uint8Array.of(1, 1), Buffer.from(`X25519+ML-KEM-1024:AES-256-GCM${label}`)]);
  return new Uint8Array(hkdfSync("sha256", ikm, salt, info, length));
}

function gcmOpen(k: Uint8Array, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): string {
  const decipher = createDecipheriv("aes-256-gcm", k, nonce).setAAD(ad).setAuthTag(sealed.subarray(-16));
  return decipher.update(sealed.subarray(0, -16)).toString("hex") + decipher.final("hex");
}

test("the log", async () => {
  const anchor = new Uint8Array(4_096 + 144);
  for (const [at, slot] of log.anchorSlots.entries()) anchor.set(bytesOf(slot), at * 4_096);
  writeFileSync(join(directory, "sealed-log.1"), bytesOf(log.file));
  writeFileSync(join(directory, "sealed-anchor"), anchor);
  const storage = FileLogStorage.open(directory, key());
  const stored = storage.read();
  await storage.close();
  const { payloads, status } = recover(nativeSuite, stored.log, stored.anchor);
  expect([status, payloads.map(hexOf)]).toEqual(["clean", log.payloads]);
});

test("the log's frames and its newest commit, with node:crypto alone", () => {
  const file = bytesOf(log.file);
  const own = (label: string, salt: Uint8Array) =>
    derive(derive(bytesOf(storageKey), label, new Uint8Array(0), 32), label, salt, 48);
  const logKey = own("storage log", file.subarray(0, 32));
  expect(hexOf(logKey.subarray(32))).toBe(hexOf(file.subarray(32, 48)));
  const records: string[] = [];
  for (let at = 56, frame = 0; at < file.length; frame++) {
    const length = new DataView(file.buffer, at).getUint32(0);
    const nonce = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, frame);
    const plaintext = gcmOpen(
      logKey.subarray(0, 32),
      nonce,
      Uint8Array.of(0, 0, 0, 1),
      file.subarray(at + 4, at + 4 + length),
    );
    records.push(plaintext.slice(2 * (52 + 48)));
    at += 4 + length;
  }
  expect(records).toEqual(log.payloads);
  const slot = bytesOf(log.anchorSlots[1] as string);
  const anchorKey = own("storage anchor", slot.subarray(0, 32)).subarray(0, 32);
  const commit = gcmOpen(anchorKey, new Uint8Array(12), new Uint8Array(0), slot.subarray(56));
  const length = file.length.toString(16).padStart(16, "0");
  expect(commit).toBe(`000000000000000200000001${length}${log.anchor}`);
});

test("the sealed file", () => {
  writeFileSync(join(directory, sealedFile.name), bytesOf(sealedFile.file));
  const contents = readSealedFile(join(directory, sealedFile.name), key());
  expect(new TextDecoder().decode(contents)).toBe(sealedFile.contents);
});

test("the key file", async () => {
  mkdirSync(join(directory, "home"));
  writeFileSync(join(directory, "home", "key"), bytesOf(keyFile.file));
  const opened = await openKey(join(directory, "home"), () => Promise.resolve(words()));
  expect(hexOf(opened.expose())).toBe(keyFile.key);
});

test("the backup, also with node:crypto alone", async () => {
  writeFileSync(join(directory, "backup"), bytesOf(backup.file));
  const parts = await readBackup(join(directory, "backup"), words());
  expect(parts.map(({ bytes, name }) => ({ name, bytes: hexOf(bytes) }))).toEqual(backup.parts);

  const file = bytesOf(backup.file);
  const stated = file.subarray(18, 18 + (file[17] as number));
  const stretched = argon2Sync("argon2id", {
    message: passphrase,
    nonce: stated.subarray(-32),
    parallelism: 1,
    tagLength: 32,
    memory: 8,
    passes: 1,
  });
  const both = derive(stretched, "backup", stated, 48);
  const at = 18 + stated.length;
  expect(hexOf(both.subarray(32))).toBe(hexOf(file.subarray(at, at + 16)));
  const last = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
  const stream = gcmOpen(both.subarray(0, 32), last, new Uint8Array(0), file.subarray(at + 24));
  expect(stream).toBe("036c6f6700000003010203" + "0000000000");
});
