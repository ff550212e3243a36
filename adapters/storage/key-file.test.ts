import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { changeProtection, createKey, type Keyring, openKey, type Protection, protectionOf } from "./index.ts";
import { STRETCH_COST, stretchCostCodec } from "./stretching.ts";
import { decode, encode, struct, uint } from "../../core/codec/index.ts";

const SEED = 11;
const cost = { memoryKiB: 8, passes: 1 };

let home: string;
let file: string;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), "chhaya-key-")), "home");
  file = join(home, "key");
});
afterEach(() => rmSync(join(home, ".."), { recursive: true, force: true }));

/** In memory, and as a real one gives copies. */
class Entries implements Keyring {
  readonly entries = new Map<string, Uint8Array>();
  get(entry: string): Uint8Array | undefined {
    return this.entries.get(entry)?.slice();
  }
  set(entry: string, secret: Uint8Array): void {
    this.entries.set(entry, secret.slice());
  }
  delete(entry: string): void {
    this.entries.delete(entry);
  }
}

const passphraseOf = (words: string): Secret => new Secret(new TextEncoder().encode(words));
const byPassphrase = (words: string): Protection => ({ kind: "passphrase", passphrase: passphraseOf(words) });
const saying = (words: string) => () => Promise.resolve(passphraseOf(words));
const unasked = (): Promise<Secret> => Promise.reject(new Error("asked for a passphrase"));
const failing = (code: string): unknown => expect.objectContaining({ name: "KeyFailed", code });
const hex = (key: Secret): string => Buffer.from(key.expose()).toString("hex");

describe.each<{ protection: Protection; passphrase: () => Promise<Secret> }>([
  { protection: byPassphrase("two words"), passphrase: saying("two words") },
  { protection: { kind: "keyring", entry: "a home" }, passphrase: unasked },
  { protection: { kind: "none" }, passphrase: unasked },
])("under $protection.kind", ({ passphrase, protection }) => {
  test("a key is drawn, found again, and never drawn over", async () => {
    const options = { cost, keyring: new Entries() };
    expect(protectionOf(home)).toBeUndefined();
    await expect(openKey(home, passphrase, options)).rejects.toEqual(failing("key/absent"));
    const key = await createKey(home, protection, options);
    expect(key.length).toBe(32);
    expect(protectionOf(home)).toBe(protection.kind);
    expect([readdirSync(home), statSync(file).mode & 0o777, statSync(home).mode & 0o777]).toEqual([
      ["key"],
      0o600,
      0o700,
    ]);
    expect(hex(await openKey(home, passphrase, options))).toBe(hex(key));
    const before = readFileSync(file);
    await expect(createKey(home, protection, options)).rejects.toEqual(failing("key/exists"));
    expect(readFileSync(file)).toEqual(before);
    const other = await createKey(join(home, "other"), { kind: "none" });
    expect(hex(other)).not.toBe(hex(key));
  });

  test("any byte that is altered, added or missing is damage, before a passphrase is asked for", async () => {
    const options = { cost, keyring: new Entries() };
    await createKey(home, protection, options);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      writeFileSync(file, Uint8Array.from(whole).fill((whole[at] as number) ^ 0x10, at, at + 1));
      await expect(openKey(home, unasked, options)).rejects.toEqual(failing("key/damaged"));
      writeFileSync(file, whole.subarray(0, at));
      await expect(openKey(home, unasked, options)).rejects.toEqual(failing("key/damaged"));
    }
    writeFileSync(file, Buffer.concat([whole, Buffer.alloc(1)]));
    await expect(openKey(home, unasked, options)).rejects.toEqual(failing("key/damaged"));
  });

  test("the protection can be changed to every other and back, and the key stays", async () => {
    const options = { cost, keyring: new Entries() };
    const key = await createKey(home, protection, options);
    const others: [Protection, () => Promise<Secret>][] = [
      [byPassphrase("new"), saying("new")],
      [{ kind: "keyring", entry: "another" }, unasked],
      [{ kind: "none" }, unasked],
      [protection, passphrase],
    ];
    for (const [next, asked] of others) {
      await changeProtection(home, key, next, options);
      expect(protectionOf(home)).toBe(next.kind);
      expect(hex(await openKey(home, asked, options))).toBe(hex(key));
      const kept = next.kind === "keyring" ? [next.entry] : [];
      expect([...options.keyring.entries.keys()]).toEqual(kept);
    }
  });
});

describe("a passphrase", () => {
  test("that is wrong, or no longer right, is refused", async () => {
    const key = await createKey(home, byPassphrase("first"), { cost });
    for (const words of ["second", "", "first "]) {
      await expect(openKey(home, saying(words))).rejects.toEqual(failing("key/passphrase-wrong"));
    }
    const before = readFileSync(file);
    await changeProtection(home, key, byPassphrase("second"), { cost });
    await expect(openKey(home, saying("first"))).rejects.toEqual(failing("key/passphrase-wrong"));
    expect(hex(await openKey(home, saying("second")))).toBe(hex(key));
    const after = readFileSync(file);
    // The salt and the key as it was wrapped; the rest is structure.
    for (const at of [27, 35, 43, ...Array.from({ length: 10 }, (_, part) => after.length - 88 + 8 * part)])
      expect(before.indexOf(after.subarray(at, at + 8))).toBe(-1);
  });

  test("the key is not in the file, nor the passphrase", async () => {
    const key = await createKey(home, byPassphrase("four simple words here"), { cost });
    expect(readFileSync(file).indexOf(key.expose().subarray(0, 8))).toBe(-1);
    expect(readFileSync(file).indexOf("simple")).toBe(-1);
  });

  test("is stretched as much as was said, unless the tests say otherwise", async () => {
    await createKey(home, byPassphrase("words"));
    expect(STRETCH_COST).toEqual({ memoryKiB: 131_072, passes: 3 });
    expect(readFileSync(file).indexOf(encode(stretchCostCodec, STRETCH_COST))).toBeGreaterThan(0);
    await openKey(home, saying("words"));
  });

  test("no file demands more work than a few seconds' or more memory than a gibibyte", () => {
    const anyCost = struct({ memoryKiB: uint(), passes: uint() });
    const isTaken = (memoryKiB: number, passes: number): boolean =>
      decode(stretchCostCodec, encode(anyCost, { memoryKiB, passes }), 100).ok;
    expect(isTaken(2 ** 20, 4)).toBe(true);
    expect(isTaken(65_536, 64)).toBe(true);
    expect(isTaken(8, 1)).toBe(true);
    const refused: [number, number][] = [
      [2 ** 20 + 1, 1],
      [2 ** 30, 1],
      [2 ** 20, 5],
      [65_537, 64],
      [8, 65],
      [7, 1],
      [8, 0],
      [2 ** 53 - 1, 2 ** 53 - 1],
    ];
    for (const [memoryKiB, passes] of refused)
      expect([memoryKiB, passes, isTaken(memoryKiB, passes)]).toEqual([memoryKiB, passes, false]);
  });
});

describe("a keyring", () => {
  test("that the system does not offer, or that refuses, is said to be unavailable, and nothing is written", async () => {
    const refusing: Keyring = {
      get() {
        throw new Error("locked");
      },
      set() {},
      delete() {},
    };
    const unavailable = expect.objectContaining({ code: "key/keyring-unavailable", cause: new Error("locked") });
    await expect(createKey(home, { kind: "keyring", entry: "e" }, { keyring: refusing })).rejects.toEqual(unavailable);
    expect(readdirSync(home)).toEqual([]);
    await createKey(home, { kind: "keyring", entry: "e" }, { keyring: new Entries() });
    await expect(openKey(home, unasked, { keyring: refusing })).rejects.toEqual(unavailable);
  });

  test("that forgets at once is not trusted with a key", async () => {
    const forgetful: Keyring = { get: () => undefined, set() {}, delete() {} };
    await expect(createKey(home, { kind: "keyring", entry: "e" }, { keyring: forgetful })).rejects.toEqual(
      failing("key/keyring-unavailable"),
    );
    expect(readdirSync(home)).toEqual([]);
  });

  test("without the entry is unavailable, with another's key in it is damage", async () => {
    const keyring = new Entries();
    await createKey(home, { kind: "keyring", entry: "e" }, { keyring });
    for (const contents of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(0)]) {
      keyring.set("e", contents);
      await expect(openKey(home, unasked, { keyring })).rejects.toEqual(failing("key/damaged"));
    }
    keyring.delete("e");
    await expect(openKey(home, unasked, { keyring })).rejects.toEqual(failing("key/keyring-unavailable"));
  });

  test("keeps what another home has there", async () => {
    const keyring = new Entries();
    const first = await createKey(home, { kind: "keyring", entry: "e" }, { keyring });
    await expect(createKey(join(home, "b"), { kind: "keyring", entry: "e" }, { keyring })).rejects.toEqual(
      failing("key/exists"),
    );
    const second = await createKey(join(home, "c"), { kind: "none" });
    await expect(
      changeProtection(join(home, "c"), second, { kind: "keyring", entry: "e" }, { keyring }),
    ).rejects.toEqual(failing("key/exists"));
    expect(hex(await openKey(home, unasked, { keyring }))).toBe(hex(first));
    expect(hex(await openKey(join(home, "c"), unasked))).toBe(hex(second));
  });
});

test("the protection of a home is not changed for another home's key", async () => {
  const key = await createKey(home, { kind: "none" });
  const before = readFileSync(file);
  await expect(changeProtection(home, new Secret(new Uint8Array(32)), byPassphrase("x"), { cost })).rejects.toEqual(
    failing("key/other"),
  );
  expect(readFileSync(file)).toEqual(before);
  await expect(changeProtection(join(home, "nowhere"), key, { kind: "none" })).rejects.toEqual(failing("key/absent"));
});

test("reading is total: any bytes, and a file without end", async () => {
  await createKey(home, { kind: "none" });
  const whole = readFileSync(file);
  const property = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(whole.length), async (bytes, keep) => {
    writeFileSync(file, Buffer.concat([whole.subarray(0, keep), bytes]));
    fc.pre(!readFileSync(file).equals(whole));
    expect(() => protectionOf(home)).toThrow(failing("key/damaged"));
    await expect(openKey(home, unasked)).rejects.toEqual(failing("key/damaged"));
  });
  await fc.assert(property, { seed: SEED });
  truncateSync(file, 2 ** 40);
  await expect(openKey(home, unasked)).rejects.toEqual(failing("key/damaged"));
});
