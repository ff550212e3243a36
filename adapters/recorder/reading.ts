import { decode } from "../../core/codec/index.ts";
import { err, ok, type Result } from "../../core/safety/index.ts";
import { type Entry, entryCodec, type Handling, type Opening } from "./entry.ts";
import { framesOf, isReadable, isRecording, MAGIC } from "./framing.ts";
import { RECORDING_BYTES_MAX } from "./values.ts";

/** An opening or an input, and what the digest was behind it; undefined where the recording ends before that. */
export interface Turn {
  readonly entry: Opening | Handling;
  readonly digest: Uint8Array | undefined;
}

/** How a recording ends: `cut`: the node ended without stopping, or runs still. */
export type RecordingEnd = "closed" | "full" | "cut";

export interface Recording {
  /** Of the program that recorded; undefined where not even that was written. */
  readonly version: string | undefined;
  /** Each is decoded when it is its turn. */
  readonly turns: Iterable<Turn>;
  readonly end: RecordingEnd;
  /** Of an entry that was cut off. */
  readonly leftOver: number;
}

export type RecordingCode =
  /** It does not begin as a recording does. */
  | "recording/other-kind"
  /** It is a recording of another version. */
  | "recording/unknown-version"
  | "recording/too-long"
  /** An entry's checks do not fit, it does not decode, or it stands where none of its kind may. */
  | "recording/damaged";

export interface RecordingFailure {
  readonly code: RecordingCode;
  /** Where the entry begins that is damaged. */
  readonly offset: number;
}

/** Total. Goes over all of the bytes, which must stay as they are. */
export function readRecording(bytes: Uint8Array): Result<Recording, RecordingFailure> {
  if (!isRecording(bytes)) return err({ code: "recording/other-kind", offset: 0 });
  if (!isReadable(bytes)) return err({ code: "recording/unknown-version", offset: 0 });
  if (bytes.length > RECORDING_BYTES_MAX) return err({ code: "recording/too-long", offset: 0 });
  let version: string | undefined;
  let last: Entry["kind"] | undefined;
  let offset = MAGIC.length;
  for (const step of entriesOf(bytes)) {
    if (step === "cut") break;
    if (step === "damaged" || !mayFollow(last, step.entry.kind)) return err({ code: "recording/damaged", offset });
    if (step.entry.kind === "program") version = step.entry.version;
    last = step.entry.kind;
    offset = step.end;
  }
  const end = last === "closed" || last === "full" ? last : "cut";
  return ok({
    version,
    turns: { [Symbol.iterator]: () => turnsOf(bytes) },
    end,
    leftOver: bytes.length - offset,
  });
}

type Step = { readonly entry: Entry; readonly end: number } | "cut" | "damaged";

function* entriesOf(bytes: Uint8Array): Generator<Step> {
  for (const frame of framesOf(bytes)) {
    if (typeof frame === "string") return yield frame;
    const entry = decode(entryCodec, frame.body, RECORDING_BYTES_MAX);
    if (!entry.ok) return yield "damaged";
    yield { entry: entry.value, end: frame.end };
  }
}

/** What stands behind what. */
function mayFollow(last: Entry["kind"] | undefined, next: Entry["kind"]): boolean {
  switch (last) {
    case undefined:
      return next === "program";
    case "program":
      return next === "open" || next === "closed" || next === "full";
    case "open":
    case "input":
      return next === "outcome";
    case "outcome":
      return next !== "program" && next !== "outcome";
    case "closed":
    case "full":
      return false;
  }
}

function* turnsOf(bytes: Uint8Array): Generator<Turn> {
  let waiting: Opening | Handling | undefined;
  for (const step of entriesOf(bytes)) {
    if (typeof step === "string") break;
    const { entry } = step;
    if (entry.kind === "open" || entry.kind === "input") waiting = entry;
    else if (entry.kind === "outcome" && waiting !== undefined) {
      yield { entry: waiting, digest: entry.digest };
      waiting = undefined;
    }
  }
  if (waiting !== undefined) yield { entry: waiting, digest: undefined };
}
