import { expect, test, describe } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { consumeOneTime, generatePrekeys, type LocalPrekeys, oneTimeSecret, rotateSigned } from "./prekeys.ts";
import { oneTimeSecretCodec, restorePrekeys, storedPrekeys, storedPrekeysCodec } from "./stored-prekeys.ts";

const NOW = 1_800_000_000_000;

/** Through the codecs of every part, found in another order. */
function reload(prekeys: LocalPrekeys): LocalPrekeys {
  const through = <T>(codec: Parameters<typeof decode<T>>[0], value: T): T => {
    const decoded = decode(codec, encode(codec, value), 4_096);
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value;
  };
  const pairs = [...prekeys.oneTime.values()].map((pair) => through(oneTimeSecretCodec, pair));
  return restorePrekeys(through(storedPrekeysCodec, storedPrekeys(prekeys)), pairs.reverse());
}

describe("stored prekeys", () => {
  test("come back the same from their parts, in whatever order the parts are found", () => {
    const prekeys = rotateSigned(
      countingRandom("parts b"),
      generatePrekeys(suite, countingRandom("parts a"), NOW, 6),
      NOW,
      true,
    );
    const again = reload(prekeys);
    expect([...again.oneTime.keys()]).toEqual([...prekeys.oneTime.keys()]);
    expect(encode(storedPrekeysCodec, storedPrekeys(again))).toEqual(
      encode(storedPrekeysCodec, storedPrekeys(prekeys)),
    );
    for (const pair of prekeys.oneTime.values()) {
      const found = oneTimeSecret(again, pair.id);
      expect(found && encode(oneTimeSecretCodec, found)).toEqual(encode(oneTimeSecretCodec, pair));
    }
  });

  test("are small apart: a consumption rewrites neither the other pairs nor the signed prekeys", () => {
    const prekeys = generatePrekeys(suite, countingRandom("size"), NOW, 2);
    for (const pair of prekeys.oneTime.values()) expect(encode(oneTimeSecretCodec, pair).length).toBeLessThan(144);
    expect(storedPrekeys(consumeOneTime(prekeys, 1))).toEqual(storedPrekeys(prekeys));
    expect(encode(storedPrekeysCodec, storedPrekeys(prekeys)).length).toBeLessThan(144);
  });

  test("keep ids ahead of every part, even when the counter is older than a pair", () => {
    const prekeys = generatePrekeys(suite, countingRandom("stale"), NOW, 4);
    const stale = restorePrekeys({ nextId: 2, signed: prekeys.signed }, prekeys.oneTime.values());
    expect(stale.nextId).toBe(prekeys.nextId);
  });

  test("without a signed prekey are refused", () => {
    expect(decode(storedPrekeysCodec, Uint8Array.of(0x82, 0x05, 0x80), 99)).toEqual({
      ok: false,
      error: "codec/out-of-range",
    });
  });
});
