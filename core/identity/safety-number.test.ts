import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { compareScanned, safetyNumber, SCANNABLE_BYTES, scannable } from "./safety-number.ts";

const SEED = 0x5afe;
const random = countingRandom("safety number tests");
const [ada, bob, eve] = [random.bytes(32), random.bytes(32), random.bytes(32)] as [Uint8Array, Uint8Array, Uint8Array];

function codeOf(mine: Uint8Array, theirs: Uint8Array, scanned: Uint8Array): string {
  const compared = compareScanned(suite, mine, theirs, scanned);
  return compared.ok ? "ok" : compared.error;
}

describe("a safety number", () => {
  test("is 12 groups of five digits, the same from both sides", () => {
    const number = safetyNumber(suite, ada, bob);
    expect(number).toMatch(/^(\d{5} ){11}\d{5}$/u);
    expect(safetyNumber(suite, bob, ada)).toBe(number);
  });

  test("changes when either account changes, by a single bit too", () => {
    const number = safetyNumber(suite, ada, bob);
    const near = bob.map((byte, i) => (i === 31 ? byte ^ 1 : byte));
    expect(safetyNumber(suite, ada, eve)).not.toBe(number);
    expect(safetyNumber(suite, eve, bob)).not.toBe(number);
    expect(safetyNumber(suite, ada, near)).not.toBe(number);
  });

  test("hashes each account 5200 times: a cheaper number would be cheaper to forge", () => {
    let hashes = 0;
    safetyNumber({ ...suite, sha256: (...parts) => ((hashes += 1), suite.sha256(...parts)) }, ada, bob);
    expect(hashes).toBe(2 * 5_200);
  });

  test("of something that is no account key is a bug", () => {
    expect(() => safetyNumber(suite, ada, bob.subarray(1))).toThrow(AssertionFailure);
  });
});

describe("scanning", () => {
  test("succeeds when both devices mean the same two accounts", () => {
    expect(scannable(suite, ada, bob).length).toBe(SCANNABLE_BYTES);
    expect(codeOf(bob, ada, scannable(suite, ada, bob))).toBe("ok");
    expect(codeOf(ada, bob, scannable(suite, bob, ada))).toBe("ok");
  });

  test("tells whose key differs", () => {
    expect(codeOf(bob, ada, scannable(suite, eve, bob))).toBe("identity/scan-other-account");
    expect(codeOf(bob, ada, scannable(suite, ada, eve))).toBe("identity/scan-other-reader");
  });

  test("does not succeed with what this device shows itself: a reflection proves nothing", () => {
    expect(codeOf(bob, ada, scannable(suite, bob, ada))).toBe("identity/scan-other-account");
  });

  test("names another version and malformed bytes, and is total", () => {
    const shown = scannable(suite, ada, bob);
    expect(codeOf(bob, ada, new Uint8Array(0))).toBe("identity/scan-malformed");
    expect(codeOf(bob, ada, shown.subarray(0, 64))).toBe("identity/scan-malformed");
    expect(codeOf(bob, ada, Uint8Array.of(...shown, 0))).toBe("identity/scan-malformed");
    expect(codeOf(bob, ada, Uint8Array.of(2, ...shown.subarray(1)))).toBe("identity/scan-version");
    const property = fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      expect(codeOf(bob, ada, noise)).toMatch(/^identity\/scan-/u);
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });
});
