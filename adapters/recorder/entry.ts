import { bytes, type Codec, optional, refined, struct } from "../../core/codec/index.ts";
import type { Input, Millis, StoredLog } from "../../core/node/index.ts";
import { environmentCodec, type RecordedEnvironment } from "./environment.ts";
import { SEED_BYTES } from "./draws.ts";
import { inputCodec } from "./input.ts";
import { DIGEST_BYTES } from "./outcome.ts";
import { data, number, string, tagged } from "./values.ts";

/** An engine is opened on its log: a new session. */
export interface Opening {
  readonly kind: "open";
  readonly at: Millis;
  /** Of the session's randomness, 32 bytes. */
  readonly seed: Uint8Array;
  readonly environment: RecordedEnvironment;
  readonly stored: StoredLog;
}

/** The engine of the last opening handles an input. */
export interface Handling {
  readonly kind: "input";
  readonly at: Millis;
  readonly input: Input;
}

export type Entry =
  /** First of all: which program recorded. */
  | { readonly kind: "program"; readonly version: string }
  | Opening
  | Handling
  /** What came of the opening or input before: the {@link Digest} of all outcomes until now. */
  | { readonly kind: "outcome"; readonly digest: Uint8Array }
  /** Last of all: the node stopped. */
  | { readonly kind: "closed" }
  /** Last of all: the recording reached its limit, and the node went on. */
  | { readonly kind: "full" };

/** It is shown to whoever replays a file that came from elsewhere. */
const version: Codec<string> = refined(string, (word) => /^[\x21-\x7e]{1,64}$/u.test(word));

export const entryCodec: Codec<Entry> = tagged<Entry>({
  program: [0, struct({ version })],
  open: [
    1,
    struct({
      at: number,
      seed: bytes(SEED_BYTES),
      environment: environmentCodec,
      stored: struct({ log: data, anchor: optional(data) }),
    }),
  ],
  input: [2, struct({ at: number, input: inputCodec })],
  outcome: [3, struct({ digest: bytes(DIGEST_BYTES) })],
  closed: [4, struct({})],
  full: [5, struct({})],
});
