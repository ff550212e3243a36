import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { unveil, veil, VEIL_OVERHEAD_BYTES, VEIL_SEED_BYTES } from "./veil.ts";
import vectors from "./vectors.json" with { type: "json" };

const SEED = 0x7e11;
const introduction = Secret.copyOf(new Uint8Array(32).fill(3));
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("hex");

describe("a veil", () => {
  const plaintexts = fc.uint8Array({ maxLength: 120 });
  const infos = fc.uint8Array({ maxLength: 40 });

  test("comes off with the same introduction, label and info, and adds exactly its overhead", () => {
    const property = fc.property(plaintexts, infos, fc.string(), (plaintext, info, seed) => {
      const random = countingRandom(Buffer.from(seed).toString("hex"));
      const veiled = veil(suite, random, introduction, "label", info, plaintext);
      expect(veiled.length).toBe(plaintext.length + VEIL_OVERHEAD_BYTES);
      expect(unveil(suite, introduction, "label", info, veiled)).toEqual(plaintext);
    });
    fc.assert(property, { seed: SEED });
  });

  test("stays on for another introduction, label or info: each enters the key", () => {
    const info = Uint8Array.of(1, 2);
    const veiled = veil(suite, countingRandom("other"), introduction, "label", info, new Uint8Array(8));
    const other = Secret.copyOf(new Uint8Array(32).fill(4));
    expect(unveil(suite, introduction, "label", info, veiled)).toBeDefined();
    expect(unveil(suite, other, "label", info, veiled)).toBeUndefined();
    expect(unveil(suite, introduction, "labe", info, veiled)).toBeUndefined();
    expect(unveil(suite, introduction, "label", Uint8Array.of(1), veiled)).toBeUndefined();
    expect(unveil(suite, introduction, "label", Uint8Array.of(1, 2, 0), veiled)).toBeUndefined();
  });

  test("notices any flipped bit and any cut, and is total on any bytes", () => {
    const veiled = veil(
      suite,
      countingRandom("flip"),
      introduction,
      "label",
      new Uint8Array(0),
      Uint8Array.of(1, 2, 3),
    );
    for (let at = 0; at < veiled.length; at++) {
      const changed = Uint8Array.from(veiled);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      expect(unveil(suite, introduction, "label", new Uint8Array(0), changed)).toBeUndefined();
      expect(unveil(suite, introduction, "label", new Uint8Array(0), veiled.subarray(0, at))).toBeUndefined();
    }
    const property = fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      expect(unveil(suite, introduction, "label", new Uint8Array(0), noise)).toBeUndefined();
    });
    fc.assert(property, { seed: SEED });
  });

  test("uses a fresh seed, so that no key and nonce ever seal two plaintexts", () => {
    const used = new Set<string>();
    const watched: Suite = {
      ...suite,
      aesGcmSeal: (key, nonce, ad, plaintext) => {
        const pair = `${toHex(key.expose())}:${toHex(nonce)}`;
        expect(used.has(pair)).toBe(false);
        used.add(pair);
        return suite.aesGcmSeal(key, nonce, ad, plaintext);
      },
    };
    const random = countingRandom("fresh");
    const veils = Array.from({ length: 64 }, () =>
      veil(watched, random, introduction, "label", new Uint8Array(0), new Uint8Array(64)),
    );
    expect(used.size).toBe(64);
    for (let at = 0; at < VEIL_SEED_BYTES + 64; at++) {
      // 64 uniform bytes take about 57 values; a constant byte would be a fingerprint.
      expect(new Set(veils.map((veiled) => veiled[at])).size).toBeGreaterThan(32);
    }
  });

  test("wipes its key, also when it does not come off", () => {
    const keys: Secret[] = [];
    const watched: Suite = {
      ...suite,
      hkdfSha256: (ikm, salt, info, length) => {
        const out = suite.hkdfSha256(ikm, salt, info, length);
        if (length === 32) keys.push(out);
        return out;
      },
    };
    const veiled = veil(watched, countingRandom("wipe"), introduction, "label", new Uint8Array(0), new Uint8Array(4));
    unveil(watched, introduction, "label", new Uint8Array(0), veiled);
    unveil(watched, introduction, "other", new Uint8Array(0), veiled);
    expect(keys.map((key) => key.wiped)).toEqual([true, true, true]);
  });

  test.each(vectors.veil)("gives its known answer for $label", (vector) => {
    const seeded = { bytes: (): Uint8Array => fromHex(vector.seed) };
    const key = new Secret(fromHex(vector.introduction));
    const info = fromHex(vector.info);
    expect(toHex(veil(suite, seeded, key, vector.label, info, fromHex(vector.plaintext)))).toBe(vector.veiled);
    expect(toHex(unveil(suite, key, vector.label, info, fromHex(vector.veiled)))).toBe(vector.plaintext);
  });
});
