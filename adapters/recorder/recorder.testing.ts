import { concatBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { encode } from "../../core/codec/index.ts";
import type { Command, Input } from "../../core/node/index.ts";
import { type Entry, entryCodec } from "./entry.ts";
import { recordedEnvironment } from "./environment.ts";
import { Framer, MAGIC } from "./framing.ts";

const text = fc.string({ unit: "binary", maxLength: 12 });
const number = fc.double();
const data = fc.uint8Array({ maxLength: 40 });
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });

type Of<U extends { readonly kind: string }> = {
  readonly [K in U["kind"]]: fc.Arbitrary<Omit<Extract<U, { readonly kind: K }>, "kind">>;
};

function anyOf<U extends { readonly kind: string }>(kinds: Of<U>): fc.Arbitrary<U> {
  const each = Object.entries(kinds as Readonly<Record<string, fc.Arbitrary<object>>>);
  return fc.oneof(...each.map(([kind, fields]) => fields.map((value) => ({ ...value, kind }) as unknown as U)));
}

const anyCommand: fc.Arbitrary<Command> = anyOf<Command>({
  "add-contact": fc.record({ name: text, card: data }),
  send: fc.record({ contact: text, body: data, token: number }),
  confirm: fc.record({ id: text }),
  "mark-verified": fc.record({ contact: text }),
  "resolve-key-change": fc.record({ contact: text, adopt: fc.boolean() }),
  "remove-contact": fc.record({ contact: text }),
  "look-up": fc.record({ label: text, token: number }),
  "add-labelled": fc.oneof(
    fc.record({ name: text, label: text, token: number }),
    fc.record({ name: text, label: text }),
  ),
  "register-label": fc.record({ label: text }),
  "release-label": fc.record({ label: text, to: data }),
  "claim-label": fc.record({ label: text, transfer: data }),
  "adopt-rotation": fc.record({
    rotation: data,
    witnesses: fc.array(
      fc.record({ address: text, key: fc.uint8Array({ minLength: 48, maxLength: 48 }) }, { noNullPrototype: true }),
    ),
  }),
});

export const anyInput: fc.Arbitrary<Input> = anyOf<Input>({
  receive: fc.record({ from: text, bytes: data }),
  record: fc.record({ request: number, value: maybe(data) }),
  gossip: fc.record({ from: text, bytes: data }),
  question: fc.record({ from: text, id: number, bytes: data }),
  answer: fc.record({ request: number, bytes: maybe(data) }),
  stored: fc.record({ sequence: number }),
  wake: fc.constant({}),
  relocated: fc.record({ addresses: fc.array(text) }),
  command: fc.record({ command: anyCommand }),
});

/** The bytes of a recording of these entries, in whatever order. */
export function recordingOf(entries: readonly Entry[]): Uint8Array {
  const framer = new Framer();
  return concatBytes(MAGIC, ...entries.map((entry) => framer.frame(encode(entryCodec, entry))));
}

const digest = new Uint8Array(32).fill(7);

/** One entry of each kind, in an order in which they may stand. */
export const sampleEntries: readonly Entry[] = [
  { kind: "program", version: "1.2.3" },
  {
    kind: "open",
    at: 1_800_000_000_000,
    seed: new Uint8Array(32),
    environment: recordedEnvironment({}),
    stored: { log: new Uint8Array(3), anchor: undefined },
  },
  { kind: "outcome", digest },
  { kind: "input", at: 1_800_000_000_001, input: { kind: "wake" } },
  { kind: "outcome", digest },
  { kind: "closed" },
];
