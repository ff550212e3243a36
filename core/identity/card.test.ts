import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure, Secret } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { fromBase32, toBase32 } from "./base32.ts";
import { CARD_ADDRESS_BYTES_MAX, CARD_ADDRESSES_MAX } from "./addresses.ts";
import {
  CARD_BYTES_MAX,
  CARD_LABEL_BYTES_MAX,
  cardFromBytes,
  cardFromText,
  cardToBytes,
  cardToText,
  type ContactCard,
} from "./card.ts";

const SEED = 0xca2d;

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const textOf = (maxBytes: number): fc.Arbitrary<string> =>
  fc.string({ unit: "binary", maxLength: maxBytes }).filter((value) => Buffer.byteLength(value) <= maxBytes);

const cards: fc.Arbitrary<ContactCard> = fc
  .record({
    account: bytesOf(32),
    device: bytesOf(16),
    introduction: bytesOf(32),
    label: textOf(CARD_LABEL_BYTES_MAX),
    addresses: fc.array(textOf(CARD_ADDRESS_BYTES_MAX), { maxLength: CARD_ADDRESSES_MAX }),
  })
  .map((card) => ({ ...card, introduction: new Secret(card.introduction) }));

const plain: ContactCard = {
  account: new Uint8Array(32).fill(1),
  device: new Uint8Array(16).fill(2),
  introduction: new Secret(new Uint8Array(32).fill(3)),
  label: "Ada",
  addresses: ["ada.example"],
};

/** Cards compare by their bytes: a Secret shows nothing to an equality check. */
function same(found: ReturnType<typeof cardFromText>, card: ContactCard): boolean {
  return found.ok && Buffer.from(cardToBytes(found.value)).equals(cardToBytes(card));
}

function codeOf(text: string): string {
  const found = cardFromText(suite, text);
  return found.ok ? "ok" : found.error;
}

describe("a binary card", () => {
  test("comes back the same, and only in the one form that is made", () => {
    const property = fc.property(cards, fc.nat(), fc.nat(7), (card, at, bit) => {
      const binary = cardToBytes(card);
      const found = cardFromBytes(binary);
      expect(same(found, card)).toBe(true);
      expect(found.ok && [...found.value.introduction.expose()]).toEqual([...card.introduction.expose()]);
      const changed = Uint8Array.from(binary);
      changed[at % binary.length] = (changed[at % binary.length] as number) ^ (1 << bit);
      const other = cardFromBytes(changed);
      if (other.ok) expect(Buffer.from(cardToBytes(other.value)).equals(changed)).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test("is total on any bytes, and names what is wrong", () => {
    const noise = fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, versioned) => {
      const whole = versioned ? Uint8Array.of(1, 0x85, ...bytes) : bytes;
      const found = cardFromBytes(whole);
      if (found.ok) expect(Buffer.from(cardToBytes(found.value)).equals(whole)).toBe(true);
    });
    fc.assert(noise, { seed: SEED });
    const binary = cardToBytes(plain);
    expect(cardFromBytes(new Uint8Array(0))).toEqual({ ok: false, error: "codec/truncated" });
    expect(cardFromBytes(Uint8Array.of(2, ...binary.slice(1)))).toEqual({ ok: false, error: "identity/card-version" });
    expect(cardFromBytes(Uint8Array.of(...binary, 0))).toEqual({ ok: false, error: "codec/trailing-bytes" });
    expect(cardFromBytes(new Uint8Array(CARD_BYTES_MAX + 1))).toEqual({ ok: false, error: "identity/card-too-long" });
  });

  test("of the largest contents fits the limit; larger contents are a bug", () => {
    const addresses = Array.from({ length: CARD_ADDRESSES_MAX }, () => "a".repeat(CARD_ADDRESS_BYTES_MAX));
    const largest = { ...plain, label: "é".repeat(CARD_LABEL_BYTES_MAX / 2), addresses };
    expect(cardToBytes(largest).length).toBeLessThanOrEqual(CARD_BYTES_MAX);
    expect(same(cardFromText(suite, cardToText(suite, largest)), largest)).toBe(true);
    expect(() => cardToBytes({ ...plain, label: "é".repeat(CARD_LABEL_BYTES_MAX / 2 + 1) })).toThrow(AssertionFailure);
    expect(() => cardToBytes({ ...plain, addresses: [...addresses, ""] })).toThrow(AssertionFailure);
  });
});

describe("a card as text", () => {
  test("has only characters of QR's alphanumeric mode, and comes back through case, spaces and line breaks", () => {
    const gaps = fc.array(fc.tuple(fc.nat(), fc.constantFrom(" ", "\n", "\r\n", "\t")), { maxLength: 12 });
    const property = fc.property(cards, gaps, fc.boolean(), (card, spaces, lower) => {
      let text = cardToText(suite, card);
      expect(text).toMatch(/^CHHAYA1:[A-Z2-7]+$/u);
      for (const [at, gap] of spaces) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + gap + text.slice(place);
      }
      expect(same(cardFromText(suite, lower ? text.toLowerCase() : text), card)).toBe(true);
    });
    fc.assert(property, { seed: SEED });
  });

  test("notices one mistyped character, one lost, and two exchanged: the checksum covers every character", () => {
    const text = cardToText(suite, plain);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (let at = 8; at < text.length; at++) {
      const next = alphabet.charAt((alphabet.indexOf(text.charAt(at)) + 1) % 32);
      expect(codeOf(text.slice(0, at) + next + text.slice(at + 1))).toMatch(/card-(checksum|characters)$/u);
      expect(codeOf(text.slice(0, at) + text.slice(at + 1))).toMatch(/card-(checksum|characters)$/u);
      if (text.charAt(at) === text.charAt(at + 1) || at + 1 === text.length) continue;
      const swapped = text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2);
      expect(codeOf(swapped)).toMatch(/card-(checksum|characters)$/u);
    }
  });

  test("names what is wrong: prefix, version, characters, checksum, length", () => {
    const text = cardToText(suite, plain);
    expect(codeOf("")).toBe("identity/card-prefix");
    expect(codeOf("https://card.example")).toBe("identity/card-prefix");
    expect(codeOf(text.slice(8))).toBe("identity/card-prefix");
    expect(codeOf(text.replace("CHHAYA1:", "CHHAYA2:"))).toBe("identity/card-version");
    expect(codeOf(`${text}=`)).toBe("identity/card-characters");
    for (const foreign of ["0", "1", "8", "-", "é", "ß", "\u0131", "\u017f", "\u00a0", "\u200b", "\u212a"]) {
      expect(codeOf(`${text.slice(0, 20)}${foreign}${text.slice(21)}`)).toBe("identity/card-characters");
    }
    expect(codeOf("CHHAYA1:")).toBe("identity/card-checksum");
    expect(codeOf(`${text.slice(0, 8)}${"A".repeat(64)}`)).toBe("identity/card-checksum");
    expect(codeOf(" ".repeat(8_193))).toBe("identity/card-too-long");
    const versioned = cardToBytes(plain);
    versioned[0] = 9;
    const whole = Buffer.concat([
      versioned,
      suite.sha256(Buffer.from("chhaya contact card v1\0"), versioned).slice(0, 4),
    ]);
    expect(codeOf(`CHHAYA1:${toBase32(whole)}`)).toBe("identity/card-version");
  });

  test("is total on any text", () => {
    const property = fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.boolean(), (noise, prefixed) => {
      expect(codeOf(prefixed ? `CHHAYA1:${noise}` : noise)).not.toBe("ok");
    });
    fc.assert(property, { seed: SEED });
  });
});

describe("base32", () => {
  // RFC 4648 section 10, without padding.
  test.each([
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("of %j is %j", (bytes, text) => {
    expect(toBase32(Buffer.from(bytes))).toBe(text);
    expect(fromBase32(text)).toEqual(Uint8Array.from(Buffer.from(bytes)));
  });

  test("is one to one: whatever decodes encodes to the same text", () => {
    const texts = fc.string({ unit: fc.constantFrom(..."ABYZ2345671a0="), maxLength: 24 });
    const property = fc.property(fc.uint8Array({ maxLength: 40 }), texts, (bytes, text) => {
      expect(fromBase32(toBase32(bytes))).toEqual(bytes);
      const found = fromBase32(text);
      if (found !== undefined) expect(toBase32(found)).toBe(text);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
    expect(fromBase32("MZ")).toBeUndefined();
    for (const impossible of ["A", "AAA", "AAAAAA"]) expect(fromBase32(impossible)).toBeUndefined();
  });
});
