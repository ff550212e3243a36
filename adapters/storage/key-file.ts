import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  bytes,
  type Codec,
  decode,
  type Decoded,
  encode,
  secret,
  struct,
  text,
  union,
} from "../../core/codec/index.ts";
import { assert, equalConstantTime, Secret } from "../../core/safety/index.ts";
import { derive, KEY_BYTES, type StretchCost } from "../../core/suite/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { createDirectory } from "./directory.ts";
import { KeyFailed } from "./key-failure.ts";
import { type Keyring, systemKeyring } from "./keyring.ts";
import { CELL_OVERHEAD_BYTES, openCell, sealCell } from "./sealing.ts";
import { stretch, STRETCH_COST, STRETCH_SALT_BYTES, stretchCostCodec } from "./stretching.ts";
import { createWholeFile, readWholeFile, replaceWholeFile } from "./whole-file.ts";

/** How the storage key of a home is protected. */
export type Protection =
  /** By Argon2id. The bytes as they are: whoever reads them from a person has normalised them. */
  | { readonly kind: "passphrase"; readonly passphrase: Secret }
  /** Kept by the system, in an entry that no other home uses; at most 255 bytes. */
  | { readonly kind: "keyring"; readonly entry: string }
  /** By the file's mode alone. */
  | { readonly kind: "none" };

export interface KeyOptions {
  readonly cost?: StretchCost;
  readonly keyring?: Keyring;
}

const ENTRY_BYTES_MAX = 255;
const FILE_BYTES_MAX = 1_024;
const CHECK_BYTES = 16;
const CHECKSUM_BYTES = 8;
const MAGIC: Uint8Array = new TextEncoder().encode("chhaya storage key v1\n");

const protectedCodec = union({
  passphrase: [0, struct({ cost: stretchCostCodec, sealed: bytes(CELL_OVERHEAD_BYTES + KEY_BYTES) })],
  keyring: [1, struct({ entry: text(ENTRY_BYTES_MAX) })],
  none: [2, struct({ key: secret(KEY_BYTES) })],
});

/** The salt serves the check of the key, and Argon2id. */
interface KeyFile {
  readonly salt: Uint8Array;
  readonly check: Uint8Array;
  readonly under: Decoded<typeof protectedCodec>;
}

const keyFileCodec: Codec<KeyFile> = struct({
  salt: bytes(STRETCH_SALT_BYTES),
  check: bytes(CHECK_BYTES),
  under: protectedCodec,
});

/**
 * Draws the storage key of a home, 32 bytes, and writes how it is protected to the file `key` in it; the caller wipes
 * the key when done. Throws {@link KeyFailed}: "key/exists" (also where the keyring's entry is there already: it may
 * be another home's only key) or "key/keyring-unavailable".
 */
export async function createKey(home: string, protection: Protection, options: KeyOptions = {}): Promise<Secret> {
  createDirectory(home);
  if (readKeyFile(home) !== undefined) throw new KeyFailed("key/exists");
  const key = new Secret(systemRandom.bytes(KEY_BYTES));
  const file = await protect(key, protection, options);
  if (createWholeFile(pathOf(home), file)) return key;
  key.wipe();
  throw new KeyFailed("key/exists");
}

/**
 * The storage key of a home, for the caller to wipe. The passphrase is asked for only where there is one, and remains
 * the caller's. Throws {@link KeyFailed}: "key/absent", "key/passphrase-wrong", "key/keyring-unavailable" or
 * "key/damaged".
 */
export async function openKey(
  home: string,
  passphrase: () => Promise<Secret>,
  options: KeyOptions = {},
): Promise<Secret> {
  const file = presentKeyFile(home);
  const key = await unprotect(file, passphrase, options);
  if (isKeyOf(file, key)) return key;
  key.wipe();
  throw new KeyFailed("key/damaged");
}

/**
 * Protects the key otherwise from now on: after a crash it is one or the other. What the file said before may remain on
 * the medium for some time, and on backups of it; a passphrase that others know calls for a new home. Throws
 * {@link KeyFailed}: "key/other" when this is not the key of this home, and what {@link createKey} throws.
 */
export async function changeProtection(
  home: string,
  key: Secret,
  protection: Protection,
  options: KeyOptions = {},
): Promise<void> {
  const { under, ...before } = presentKeyFile(home);
  if (!isKeyOf(before, key)) throw new KeyFailed("key/other");
  replaceWholeFile(pathOf(home), await protect(key, protection, options));
  if (under.kind !== "keyring" || (protection.kind === "keyring" && protection.entry === under.entry)) return;
  // The file no longer needs it; an entry that remains is only a secret too many.
  await inKeyring(options, (keyring) => keyring.delete(under.entry)).catch(() => {});
}

/** Without opening it; undefined when there is no key file. Throws {@link KeyFailed}: "key/damaged". */
export function protectionOf(home: string): Protection["kind"] | undefined {
  return readKeyFile(home)?.under.kind;
}

/** What is to stand in the file. A keyring has the key when this is done. */
async function protect(key: Secret, protection: Protection, options: KeyOptions): Promise<Uint8Array> {
  assert(key.length === KEY_BYTES, "storage key has the wrong length");
  const salt = systemRandom.bytes(STRETCH_SALT_BYTES);
  const file = { salt, check: checkOf(key, salt) };
  switch (protection.kind) {
    case "passphrase": {
      const { cost = STRETCH_COST } = options;
      const stretched = stretch(protection.passphrase, salt, cost);
      const sealed = sealCell(stretched, "storage key", MAGIC, key.expose());
      stretched.wipe();
      return encodeKeyFile({ ...file, under: { kind: "passphrase", cost, sealed } });
    }
    case "keyring": {
      const { entry } = protection;
      const encoded = encodeKeyFile({ ...file, under: { kind: "keyring", entry } });
      const kept = await inKeyring(options, (keyring) => keyring.get(entry));
      if (kept !== undefined && !equalConstantTime(kept, key.expose())) throw new KeyFailed("key/exists");
      const found = await inKeyring(options, (keyring) => {
        keyring.set(entry, key.expose());
        return keyring.get(entry);
      });
      if (found === undefined || !equalConstantTime(found, key.expose()))
        throw new KeyFailed("key/keyring-unavailable");
      return encoded;
    }
    case "none":
      return encodeKeyFile({ ...file, under: { kind: "none", key } });
  }
}

async function unprotect(
  { salt, under }: KeyFile,
  passphrase: () => Promise<Secret>,
  options: KeyOptions,
): Promise<Secret> {
  switch (under.kind) {
    case "passphrase": {
      const stretched = stretch(await passphrase(), salt, under.cost);
      const key = openCell(stretched, "storage key", MAGIC, under.sealed);
      stretched.wipe();
      if (key === undefined) throw new KeyFailed("key/passphrase-wrong");
      return new Secret(key);
    }
    case "keyring": {
      const kept = await inKeyring(options, (keyring) => keyring.get(under.entry));
      if (kept === undefined) throw new KeyFailed("key/keyring-unavailable");
      return new Secret(kept);
    }
    case "none":
      return under.key;
  }
}

async function inKeyring<T>({ keyring }: KeyOptions, use: (keyring: Keyring) => T): Promise<T> {
  try {
    return use(keyring ?? (await systemKeyring()));
  } catch (failure) {
    throw new KeyFailed("key/keyring-unavailable", failure);
  }
}

/** Tells the key from any other, and nothing of it. */
function checkOf(key: Secret, salt: Uint8Array): Uint8Array {
  return derive(nativeSuite, key, "storage key check", salt, CHECK_BYTES).expose();
}

function isKeyOf({ check, salt }: Pick<KeyFile, "check" | "salt">, key: Secret): boolean {
  return key.length === KEY_BYTES && equalConstantTime(checkOf(key, salt), check);
}

function encodeKeyFile(file: KeyFile): Uint8Array {
  const stated = Buffer.concat([MAGIC, encode(keyFileCodec, file)]);
  return Buffer.concat([stated, checksum(stated)]);
}

/** Undefined when there is none. */
function readKeyFile(home: string): KeyFile | undefined {
  const file = readWholeFile(pathOf(home), FILE_BYTES_MAX);
  if (file === undefined) return undefined;
  const stated = file.subarray(0, Math.max(0, file.length - CHECKSUM_BYTES));
  const isWhole =
    equalConstantTime(stated.subarray(0, MAGIC.length), MAGIC) &&
    equalConstantTime(file.subarray(stated.length), checksum(stated));
  if (!isWhole) throw new KeyFailed("key/damaged");
  const decoded = decode(keyFileCodec, stated.subarray(MAGIC.length), FILE_BYTES_MAX);
  if (!decoded.ok) throw new KeyFailed("key/damaged", decoded.error);
  return decoded.value;
}

function presentKeyFile(home: string): KeyFile {
  const file = readKeyFile(home);
  if (file === undefined) throw new KeyFailed("key/absent");
  return file;
}

function pathOf(home: string): string {
  return join(home, "key");
}

/** Against torn writes and failing disks, so that they are not taken for a wrong passphrase; not against anybody. */
function checksum(stated: Uint8Array): Uint8Array {
  return createHash("sha256").update(stated).digest().subarray(0, CHECKSUM_BYTES);
}
