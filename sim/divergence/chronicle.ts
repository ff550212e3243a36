import { bytesToHex } from "@noble/hashes/utils.js";
import { EPOCH_MS, type KernelObserver } from "../kernel/index.ts";
import { Print } from "./print.ts";

/** Events of one chapter. */
export const CHAPTER_EVENTS = 4_096;
/** Observations of one event that a scene holds. */
export const OBSERVATIONS_MAX = 1_000;

const STACK_LINES_MAX = 40;
const BYTES_SHOWN = 48;

/** Something that a run did, and where in the code. */
export interface Observation {
  readonly text: string;
  readonly stack: string;
}

/** All that a run did at one event. */
export interface Scene {
  /** From 1; 0 is what came before the first. */
  readonly event: number;
  /** Virtual milliseconds since the run began. */
  readonly atMs: number;
  /** Where the event was asked for. */
  readonly origin: string;
  readonly observations: readonly Observation[];
}

/** A piece of what a run tells of itself while it goes. It can be posted from a thread to another. */
export type Chapter =
  /** One fingerprint an event, from where the last chapter ended; each covers all before it. */
  { readonly prints: Uint32Array } | { readonly scene: Scene };

/** Where a run's bytes come from. */
export interface Draws {
  bytes(length: number): Uint8Array;
  unit(): number;
}

function stackBelow(below: (...values: never[]) => unknown): { readonly stack: string } {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_LINES_MAX;
  const at = { stack: "" };
  Error.captureStackTrace(at, below);
  Error.stackTraceLimit = limit;
  return at;
}

/** "Error" and a line for each call, of which the first says nothing. */
function lines({ stack }: { readonly stack: string }): string {
  return stack.slice(stack.indexOf("\n") + 1);
}

/**
 * What a run does, folded into one fingerprint an event: when events are asked for, cancelled and begin, what is drawn,
 * and whatever is noted. With `capture`, everything at the event of that number is told in full. In a run that is not
 * watched none of this exists.
 */
export class Chronicle implements KernelObserver {
  readonly #tell: (chapter: Chapter) => void;
  readonly #capture: number | undefined;
  readonly #print = new Print();
  /** Where those events were asked for that are still to come. */
  readonly #origins = new Map<number, { readonly stack: string }>();
  #prints = new Uint32Array(CHAPTER_EVENTS);
  #filled = 0;
  #event = 0;
  #atMs = 0;
  #origin: { readonly stack: string } | undefined;
  #observations: Observation[] = [];

  constructor(tell: (chapter: Chapter) => void, capture?: number) {
    this.#tell = tell;
    this.#capture = capture;
  }

  /** The number of the present event, from 1. */
  get event(): number {
    return this.#event;
  }

  get #captured(): boolean {
    return this.#event === this.#capture;
  }

  readonly asked = (sequence: number, time: number): void => {
    this.#print.number(time);
    if (this.#capture === undefined || this.#event > this.#capture) return;
    this.#origins.set(sequence, stackBelow(this.asked));
    if (this.#captured) this.#record(() => `asks for event ${sequence} at ${time - EPOCH_MS} ms`, this.asked);
  };

  readonly cancelled = (sequence: number): void => {
    this.#print.number(sequence);
    if (this.#captured) this.#record(() => `cancels event ${sequence}`, this.cancelled);
    this.#origins.delete(sequence);
  };

  readonly begins = (sequence: number, time: number): void => {
    this.#close();
    this.#event++;
    this.#atMs = time - EPOCH_MS;
    this.#print.number(sequence);
    this.#print.number(time);
    if (this.#capture === undefined) return;
    this.#origin = this.#origins.get(sequence);
    this.#origins.delete(sequence);
    if (this.#captured) this.#record(() => `event ${sequence} at ${this.#atMs} ms`, this.begins);
  };

  /** `bytes` are looked at now and not kept. */
  readonly note = (text: string, bytes?: Uint8Array): void => {
    this.#print.text(text);
    if (bytes !== undefined) this.#print.bytes(bytes);
    if (this.#captured) this.#record(() => (bytes === undefined ? text : `${text}: ${shown(bytes)}`), this.note);
  };

  /** The same draws, noted. */
  watched(draws: Draws, name: string): Draws {
    const bytes = (length: number): Uint8Array => {
      const drawn = draws.bytes(length);
      this.#print.bytes(drawn);
      if (this.#captured) this.#record(() => `draws from ${name}: ${shown(drawn)}`, bytes);
      return drawn;
    };
    const unit = (): number => {
      const drawn = draws.unit();
      this.#print.number(drawn * 2 ** 32);
      if (this.#captured) this.#record(() => `draws from ${name}: ${drawn}`, unit);
      return drawn;
    };
    return { bytes, unit };
  }

  /** The run is over. */
  end(): void {
    this.#close();
    this.#flush();
  }

  #record(text: () => string, below: (...values: never[]) => unknown): void {
    if (this.#observations.length >= OBSERVATIONS_MAX) return;
    this.#observations.push({ text: text(), stack: lines(stackBelow(below)) });
  }

  /** The present event has done all it does. */
  #close(): void {
    this.#prints[this.#filled++] = this.#print.value;
    if (this.#filled === CHAPTER_EVENTS) this.#flush();
    if (!this.#captured) return;
    this.#flush();
    const origin = this.#origin === undefined ? "" : lines(this.#origin);
    this.#tell({ scene: { event: this.#event, atMs: this.#atMs, origin, observations: this.#observations } });
    this.#origins.clear();
  }

  #flush(): void {
    if (this.#filled > 0) this.#tell({ prints: this.#prints.slice(0, this.#filled) });
    this.#filled = 0;
  }
}

/** Its beginning, and a fingerprint of all of it. */
function shown(bytes: Uint8Array): string {
  const print = new Print();
  print.bytes(bytes);
  const more = bytes.length > BYTES_SHOWN ? `… (${print.value.toString(16)})` : "";
  return `${bytes.length} bytes ${bytesToHex(bytes.subarray(0, BYTES_SHOWN))}${more}`;
}
