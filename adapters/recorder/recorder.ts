import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { encode } from "../../core/codec/index.ts";
import { Engine, type Millis, type StoredLog } from "../../core/node/index.ts";
import type { Random } from "../../core/suite/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { drawsFrom, SEED_BYTES } from "./draws.ts";
import { type Entry, entryCodec, type Handling, type Opening } from "./entry.ts";
import { type Chosen, engineEnvironment, recordedEnvironment } from "./environment.ts";
import { FRAME_OVERHEAD_BYTES, Framer, MAGIC } from "./framing.ts";
import { Digest, DIGEST_BYTES, type Outcome, outcomeOfHandling, outcomeOfOpening } from "./outcome.ts";
import { RECORDING_BYTES_MAX } from "./values.ts";

const ENTRY_HEAD_BYTES = 8;
/** What is kept free for an outcome and the entry that ends a full recording. */
const RESERVED_BYTES: number = 2 * (FRAME_OVERHEAD_BYTES + ENTRY_HEAD_BYTES) + DIGEST_BYTES;

/** Why a recording ended before the node did: at its limit, or because it could not be written. */
export type EndedEarly = "full" | "failed";

interface Options {
  /** Of this program. */
  readonly version: string;
  /** Called once, when the recording ends before {@link Recorder.close}; the failure may quote contents. */
  readonly onEnd: (why: EndedEarly, failure?: unknown) => void;
  /** At most and by default RECORDING_BYTES_MAX. */
  readonly bytesMax?: number;
}

/**
 * Journals the engines that it opens: all that they start from, every input before it is handled, and a digest of
 * what followed from it. An engine never waits for it nor fails with it: the recording ends then, and the node goes
 * on. The file holds keys and messages in clear.
 */
export class Recorder {
  readonly #path: string;
  readonly #options: Options;
  readonly #framer = new Framer();
  readonly #digest = new Digest();
  /** Undefined once the recording has ended. */
  #file: number | undefined;
  #bytes = 0;
  #turns = 0;

  /** Makes the file, for its owner alone. Throws what the system says: "EEXIST" where there is one already. */
  static create(path: string, options: Options): Recorder {
    return new Recorder(path, options, openSync(path, "wx", 0o600));
  }

  private constructor(path: string, options: Options, file: number) {
    this.#path = path;
    this.#options = options;
    this.#file = file;
    this.#append(MAGIC);
    this.#write({ kind: "program", version: options.version });
  }

  /** As {@link Engine.open}: on a suite and randomness that a replay can repeat, for as long as it is recorded. */
  open(chosen: Chosen, stored: StoredLog, now: Millis): ReturnType<typeof Engine.open> {
    if (this.#file === undefined) {
      return Engine.open({ ...chosen, suite: nativeSuite, random: systemRandom }, stored, now);
    }
    const seed = systemRandom.bytes(SEED_BYTES);
    const environment = recordedEnvironment(chosen);
    const opened = this.#turn(
      { kind: "open", at: now, seed, environment, stored },
      () => Engine.open(engineEnvironment(environment, this.#randomFrom(seed)), stored, now),
      outcomeOfOpening,
    );
    if (opened.ok) this.#watch(opened.value.engine);
    return opened;
  }

  /** The recording is whole. One of nothing is removed. */
  close(): void {
    this.#write({ kind: "closed" });
    this.#end();
    if (this.#turns === 0) rmSync(this.#path, { force: true });
  }

  #watch(engine: Engine): void {
    const handle = engine.handle.bind(engine);
    engine.handle = (input, at) => this.#turn({ kind: "input", at, input }, () => handle(input, at), outcomeOfHandling);
  }

  /** What is drawn after the recording's end follows from nothing that it holds. */
  #randomFrom(seed: Uint8Array): Random {
    const draws = drawsFrom(seed);
    return { bytes: (length) => (this.#file === undefined ? systemRandom : draws).bytes(length) };
  }

  #turn<T>(entry: Opening | Handling, act: () => T, outcomeOf: (value: T) => Outcome): T {
    // First, so that a turn in which the process dies is there too.
    this.#write(entry);
    if (this.#file === undefined) return act();
    this.#turns++;
    let value: T;
    try {
      value = act();
    } catch (failure) {
      this.#settle({ kind: "threw" });
      throw failure;
    }
    this.#settle(outcomeOf(value));
    return value;
  }

  #settle(outcome: Outcome): void {
    try {
      this.#write({ kind: "outcome", digest: this.#digest.add(outcome) });
    } catch (failure) {
      this.#end("failed", failure);
    }
  }

  #write(entry: Entry): void {
    if (this.#file === undefined) return;
    try {
      const body = encode(entryCodec, entry);
      if ((entry.kind === "open" || entry.kind === "input") && !this.#hasRoom(body)) {
        this.#write({ kind: "full" });
        this.#end("full");
        return;
      }
      this.#append(this.#framer.frame(body));
    } catch (failure) {
      this.#end("failed", failure);
    }
  }

  #hasRoom(body: Uint8Array): boolean {
    const { bytesMax = RECORDING_BYTES_MAX } = this.#options;
    return this.#bytes + FRAME_OVERHEAD_BYTES + body.length + RESERVED_BYTES <= bytesMax;
  }

  #append(bytes: Uint8Array): void {
    const file = this.#file;
    for (let at = 0; file !== undefined && at < bytes.length;) at += writeSync(file, bytes, at);
    this.#bytes += bytes.length;
  }

  #end(why?: EndedEarly, failure?: unknown): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    closeSync(file);
    if (why !== undefined) this.#options.onEnd(why, failure);
  }
}
