import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { CARD_BYTES_MAX, cardToBytes } from "../identity/index.ts";
import { AssertionFailure, Secret } from "../safety/index.ts";
import { mutations, noise } from "../tlog/testing.ts";
import { accountOf, cardOf, codeOf, digest, must, suite } from "./directory.testing.ts";
import {
  register,
  REGISTERED_VERSIONS_MAX,
  type Registration,
  REGISTRATION_BYTES_MAX,
  registrationBytes,
  registrationCodec,
  type Transfer,
  transferCodec,
  TRANSFERS_MAX,
  transferTo,
  verifyRegistration,
} from "./index.ts";

const SEED = 0x57a7;
const log = digest("log");
const label = "alice@example";
const owners = Array.from({ length: TRANSFERS_MAX + 1 }, (_, i) => accountOf(`owner ${i}`));
const [first, second, third] = owners as [(typeof owners)[0], (typeof owners)[0], (typeof owners)[0]];

function signed(owner: (typeof owners)[0], change: Partial<Registration> = {}): Registration {
  const fields = { log, label, version: 1, card: cardOf(owner, "alice"), lineage: [], issued: 1_700_000_000_000 };
  return register(suite, owner, { ...fields, ...change });
}

/** The label went from owner to owner at these versions. */
function lineageAt(versions: readonly number[]): readonly Transfer[] {
  return versions.map((version, i) =>
    transferTo(suite, owners[i] as typeof first, log, label, version, (owners[i + 1] as typeof first).publicKey),
  );
}

function verify(registration: Registration, from: Uint8Array | undefined): string {
  const expected = from === undefined ? { log, label } : { log, label, first: from };
  return codeOf(verifyRegistration(suite, registration, expected));
}

const versions = fc.integer({ min: 2, max: REGISTERED_VERSIONS_MAX });
const handovers = fc
  .uniqueArray(versions, { minLength: 1, maxLength: TRANSFERS_MAX })
  .map((list) => list.toSorted((a, b) => a - b));

describe("a registration", () => {
  test("of version 1 is its account's own, and of nobody else's", () => {
    expect(verify(signed(first), undefined)).toBe("ok");
    expect(verify(signed(first), first.publicKey)).toBe("ok");
    expect(verify(signed(first), second.publicKey)).toBe("vkd/lineage");
  });

  test("of a later version needs the account of version 1 to be known", () => {
    expect(verify(signed(first, { version: 2 }), first.publicKey)).toBe("ok");
    expect(verify(signed(first, { version: 2 }), undefined)).toBe("vkd/lineage");
    expect(verify(signed(second, { version: 2 }), first.publicKey)).toBe("vkd/lineage");
  });

  test("is led by any lineage of transfers, and by none with a link less, exchanged, or from another first account", () => {
    const property = fc.property(handovers, fc.nat(), (list, at) => {
      const lineage = lineageAt(list);
      const last = owners[list.length] as typeof first;
      const version = Math.min(list.at(-1)! + (at % 3), REGISTERED_VERSIONS_MAX);
      expect(verify(signed(last, { version, lineage }), first.publicKey)).toBe("ok");
      expect(verify(signed(last, { version, lineage }), second.publicKey)).toBe("vkd/lineage-signature");
      expect(verify(signed(last, { version: list.at(-1)! - 1, lineage }), first.publicKey)).toBe("vkd/lineage");
      const cut = lineage.toSpliced(at % lineage.length, 1);
      expect(verify(signed(last, { version, lineage: cut }), first.publicKey)).toMatch(/^vkd\/lineage/u);
      if (lineage.length > 1) {
        const turned = verify(signed(last, { version, lineage: lineage.toReversed() }), first.publicKey);
        expect(turned).toBe("vkd/lineage");
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 12 });
  });

  test("is not led by a transfer for another log, label, version or account", () => {
    const hand = { version: 2, account: second.publicKey };
    const transfers = [
      { ...transferTo(suite, first, digest("other log"), label, 2, second.publicKey), ...hand },
      { ...transferTo(suite, first, log, "alice2", 2, second.publicKey), ...hand },
      { ...transferTo(suite, first, log, label, 3, second.publicKey), ...hand },
      { ...transferTo(suite, first, log, label, 2, third.publicKey), ...hand },
      { ...transferTo(suite, second, log, label, 2, second.publicKey), ...hand },
    ];
    for (const transfer of transfers) {
      const registration = signed(second, { version: 2, lineage: [transfer] });
      expect(verify(registration, first.publicKey)).toBe("vkd/lineage-signature");
    }
  });

  test("is the account's statement as a whole: no field can be exchanged", () => {
    const lineage = [...lineageAt([2]), transferTo(suite, second, log, label, 3, first.publicKey)];
    const whole = signed(first, { version: 4, lineage });
    expect(verify(whole, first.publicKey)).toBe("ok");
    const changes: Partial<Registration>[] = [
      { version: 5 },
      { card: cardOf(first, "other") },
      { lineage: [] },
      { issued: 5 },
      { signature: signed(first).signature },
    ];
    for (const change of changes) {
      expect(verify({ ...whole, ...change }, first.publicKey)).toBe("vkd/registration-signature");
    }
  });

  test("leaves no secret of its card behind", () => {
    const wiped: Secret[] = [];
    const { wipe } = Secret.prototype;
    Secret.prototype.wipe = function (this: Secret) {
      wiped.push(this);
      wipe.call(this);
    };
    try {
      expect(verify(signed(first), undefined)).toBe("ok");
    } finally {
      Secret.prototype.wipe = wipe;
    }
    expect(wiped.map(({ length }) => length)).toEqual([32]);
  });
});

describe("the encoding", () => {
  const largest = register(suite, first, {
    log,
    label: "a".repeat(64),
    version: REGISTERED_VERSIONS_MAX,
    card: new Uint8Array(CARD_BYTES_MAX),
    lineage: Array.from({ length: TRANSFERS_MAX }, () => transferTo(suite, first, log, label, 65_534, first.publicKey)),
    issued: Number.MAX_SAFE_INTEGER,
  });

  test("of the largest is as long as the limit says", () => {
    expect(registrationBytes(largest).length).toBe(REGISTRATION_BYTES_MAX);
    expect(decode(registrationCodec, registrationBytes(largest), REGISTRATION_BYTES_MAX)).toEqual({
      ok: true,
      value: largest,
    });
  });

  test("has no room for what cannot be registered", () => {
    const fields = { log, label, version: 1, card: cardOf(first, "a"), lineage: [], issued: 0 };
    const beyond: Partial<Registration>[] = [
      { label: "Alice" },
      { label: "" },
      { version: 0 },
      { version: REGISTERED_VERSIONS_MAX + 1 },
      { card: new Uint8Array(CARD_BYTES_MAX + 1) },
      { lineage: Array.from({ length: TRANSFERS_MAX + 1 }, () => lineageAt([2])[0] as Transfer) },
      { lineage: [{ ...lineageAt([2])[0]!, version: 1 }] },
    ];
    for (const change of beyond)
      expect(() => register(suite, first, { ...fields, ...change })).toThrow(AssertionFailure);
    const found = encode(registrationCodec, signed(first));
    expect(codeOf(decode(registrationCodec, found, found.length - 1))).toBe("codec/too-long");
  });

  test("when changed never verifies, and never makes the verifier throw", () => {
    const registration = signed(second, { version: 3, lineage: lineageAt([2]) });
    const bytes = registrationBytes(registration);
    let decoded = 0;
    const property = fc.property(mutations, (mutate) => {
      const changed = mutate(bytes);
      const found = decode(registrationCodec, changed, REGISTRATION_BYTES_MAX);
      if (!found.ok || Buffer.from(bytes).equals(changed)) return;
      decoded++;
      expect(verify(found.value, first.publicKey)).toMatch(/^vkd\//u);
    });
    fc.assert(property, { seed: SEED, numRuns: 400 });
    expect(decoded).toBeGreaterThan(100);
    const total = fc.property(noise, (random) => {
      expect(decode(registrationCodec, random, REGISTRATION_BYTES_MAX).ok).toBe(false);
      expect(decode(transferCodec, random, REGISTRATION_BYTES_MAX).ok).toBe(false);
    });
    fc.assert(total, { seed: SEED });
  });
});

test("a card is believed for its account only in its one encoding", () => {
  const card = cardOf(first, "alice");
  expect(verify(signed(first, { card: Uint8Array.of(...card, 0) }), undefined)).toBe("vkd/card");
  const minimal = {
    account: first.publicKey,
    device: new Uint8Array(16),
    introduction: new Secret(new Uint8Array(32)),
    label: "",
    addresses: [],
  };
  expect(verify(signed(first, { card: cardToBytes(minimal) }), undefined)).toBe("ok");
  expect(must(verifyRegistration(suite, signed(first), { log, label }))).toBeUndefined();
});
