import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Effect } from "../../core/node/index.ts";
import { AssertionFailure, Secret } from "../../core/safety/index.ts";
import { describeOutcome, Digest, type Outcome } from "./outcome.ts";

const SEED = 0x0c0;

/** Effects are plain data; whatever their kinds and fields are, the digest has to tell them apart. */
const plain: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(undefined, true, false, "", 0, -0, Number.NaN, new Uint8Array(0)),
    fc.double(),
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.uint8Array({ maxLength: 3 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "__proto"), tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

function digestOf(...values: readonly unknown[]): string {
  const digest = new Digest();
  for (const each of values) digest.add({ kind: "effects", effects: [each as Effect] });
  return Buffer.from(digest.value).toString("hex");
}

/** Without fields that are undefined, and with -0 told from 0. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => equal(Reflect.get(a, name), Reflect.get(b, name)));
}

test("two outcomes have one digest exactly when they are the same", () => {
  const pair = fc.oneof(
    fc.tuple(plain, plain),
    plain.map((value) => [value, structuredClone(value)]),
  );
  const property = fc.property(pair, ([a, b]) => {
    expect(digestOf(a) === digestOf(b)).toBe(equal(a, b));
  });
  fc.assert(property, { seed: SEED, numRuns: 2_000 });
});

test("the order of fields does not count, that of outcomes does", () => {
  expect(digestOf({ a: 1, b: 2, c: undefined })).toBe(digestOf({ b: 2, a: 1 }));
  expect(digestOf(1, 2)).not.toBe(digestOf(2, 1));
  const [threw, none] = [new Digest(), new Digest()];
  expect(threw.add({ kind: "threw" })).not.toEqual(none.add({ kind: "effects", effects: [] }));
});

test("is made as SPEC.md says", () => {
  const digest = new Digest();
  const text = (word: string): Buffer =>
    Buffer.concat([Buffer.from("s"), double(word.length * 2), Buffer.from(word, "utf16le")]);
  const object = (...fields: readonly Buffer[]): Buffer =>
    Buffer.concat([Buffer.from("o"), double(fields.length / 2), ...fields]);
  const wake = object(text("at"), Buffer.concat([Buffer.from("n"), double(5)]), text("kind"), text("wake"));
  const list = Buffer.concat([Buffer.from("l"), double(1), wake]);
  const outcome = object(text("effects"), list, text("kind"), text("effects"));
  const expected = createHash("sha256").update(new Uint8Array(32)).update(outcome).digest("hex");
  const found = digest.add({ kind: "effects", effects: [{ kind: "wake", at: 5 }] });
  expect(Buffer.from(found).toString("hex")).toBe(expected);
});

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

test("what is not plain data is a bug", () => {
  for (const value of [new Secret(new Uint8Array(1)), new Map(), null, 1n, () => {}]) {
    expect(() => digestOf(value)).toThrow(AssertionFailure);
  }
});

test("an outcome is described without what it holds", () => {
  const message = { kind: "message.confirmed", id: "i", contact: "c", device: "d" } as const;
  const outcomes: readonly Outcome[] = [
    {
      kind: "effects",
      effects: [
        { kind: "send", to: "x", bytes: new Uint8Array(1) },
        { kind: "event", event: message },
      ],
    },
    { kind: "refused", code: "node/no-identity" },
    { kind: "threw" },
  ];
  expect(outcomes.map(describeOutcome)).toEqual([
    ["send", "event message.confirmed"],
    ["refused (node/no-identity)"],
    ["an exception"],
  ]);
});
