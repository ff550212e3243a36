import { createHash, type Hash } from "node:crypto";
import type { Effect, Engine, OpenCode } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import { numberBytes, stringBytes } from "./values.ts";

export const DIGEST_BYTES = 32;

/** What came of a turn: effects, a log that is refused, or a bug. */
export type Outcome =
  | { readonly kind: "effects"; readonly effects: readonly Effect[] }
  | { readonly kind: "refused"; readonly code: OpenCode }
  | { readonly kind: "threw" };

export function outcomeOfOpening(opened: ReturnType<typeof Engine.open>): Outcome {
  return opened.ok ? outcomeOfHandling(opened.value.effects) : { kind: "refused", code: opened.error };
}

export function outcomeOfHandling(effects: readonly Effect[]): Outcome {
  return { kind: "effects", effects };
}

/** One SHA-256 chain over the outcomes of turns: 32 bytes that say that all of them until now were the same. */
export class Digest {
  #chain: Uint8Array = new Uint8Array(DIGEST_BYTES);

  get value(): Uint8Array {
    return this.#chain;
  }

  add(outcome: Outcome): Uint8Array {
    const hash = createHash("sha256").update(this.#chain);
    put(hash, outcome);
    this.#chain = new Uint8Array(hash.digest());
    return this.#chain;
  }
}

/** Different values give different bytes; no table of kinds, so that no field of an effect can be left out of it. */
function put(hash: Hash, value: unknown): void {
  if (value === undefined) hash.update("u");
  else if (typeof value === "boolean") hash.update(value ? "t" : "f");
  else if (typeof value === "number") hash.update("n").update(numberBytes(value));
  else if (typeof value === "string") sized(hash, "s", stringBytes(value));
  else if (value instanceof Uint8Array) sized(hash, "b", value);
  else if (Array.isArray(value)) {
    head(hash, "l", value.length);
    for (const item of value) put(hash, item);
  } else {
    assert(isRecord(value), "an effect is plain data");
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    head(hash, "o", fields.length);
    for (const [name, field] of fields.sort(([a], [b]) => (a < b ? -1 : 1))) {
      sized(hash, "s", stringBytes(name));
      put(hash, field);
    }
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function head(hash: Hash, type: string, length: number): void {
  hash.update(type).update(numberBytes(length));
}

function sized(hash: Hash, type: string, bytes: Uint8Array): void {
  head(hash, type, bytes.length);
  hash.update(bytes);
}

/** What an outcome consists of, without contents: "append", "send", "event message". */
export function describeOutcome(outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case "effects":
      return outcome.effects.map((effect) => (effect.kind === "event" ? `event ${effect.event.kind}` : effect.kind));
    case "refused":
      return [`refused (${outcome.code})`];
    case "threw":
      return ["an exception"];
  }
}
