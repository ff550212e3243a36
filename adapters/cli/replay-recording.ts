import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { bytesToHex } from "@noble/hashes/utils.js";
import { duration } from "../../reports/index.ts";
import {
  isRecording,
  type Recording,
  type RecordingFailure,
  readRecording,
  RECORDING_BYTES_MAX,
  type Replay,
  replay,
} from "../recorder/index.ts";
import { counted } from "./counted.ts";
import { UsageError } from "./usage.ts";
import { programVersion } from "./version.ts";

const PEEK_BYTES = 32;

/** Whether the file begins as what `chhaya node --record` writes. What cannot be read does not. */
export function isRecordingFile(file: string): boolean {
  const first = new Uint8Array(PEEK_BYTES);
  try {
    const opened = openSync(file, "r");
    try {
      return isRecording(first.subarray(0, readSync(opened, first)));
    } finally {
      closeSync(opened);
    }
  } catch {
    return false;
  }
}

/** Runs the core on what a node was given and demands the same effects; returns the exit code. */
export function replayRecording(file: string): number {
  const recording = loadRecording(file);
  const played = replay(recording.turns);
  if (played.turns === 0)
    throw new UsageError(`${file} holds nothing to replay: the node ended before its engine was opened`);
  process.stdout.write(reportOf(recording, played));
  return played.difference === undefined ? 0 : 1;
}

function loadRecording(file: string): Recording {
  if (statSync(file).size > RECORDING_BYTES_MAX) throw refusal(file, { code: "recording/too-long", offset: 0 });
  const recording = readRecording(readFileSync(file));
  if (!recording.ok) throw refusal(file, recording.error);
  return recording.value;
}

function refusal(file: string, { code, offset }: RecordingFailure): UsageError {
  const words = {
    "recording/other-kind": "is not a recording",
    "recording/unknown-version": "is a recording of another version of Chhaya: replay it there",
    "recording/too-long": "is too large to be a recording",
    "recording/damaged": `is damaged: the entry at byte ${offset} is not as it was written`,
  }[code];
  return new UsageError(`${file} ${words} (${code})`);
}

function reportOf({ end, leftOver, version }: Recording, played: Replay): string {
  const { difference, digest, failure, from, inputs, isUnfinished, sessions, to, turns } = played;
  const kinds = [...inputs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${kind} ${count}`);
  const lines = [
    `Recorded by chhaya ${version}: ${counted(turns, "turn")} in ${counted(sessions, "session")}, ${duration(Math.max(0, to - from))} of virtual time`,
    `Inputs: ${kinds.join(", ") || "none"}`,
  ];
  if (failure !== undefined) {
    lines.push(`The engine threw in turn ${turns}: ${failure instanceof Error ? failure.stack : String(failure)}`);
  }
  if (difference !== undefined) {
    const { at, effects, found, kind, recorded, turn } = difference;
    lines.push(
      `Turn ${turn} differs (${kind}, after ${duration(Math.max(0, at - from))}): the digest was ${bytesToHex(recorded)} and is ${bytesToHex(found)}`,
      `Its effects now: ${effects.join(", ") || "none"}`,
      `Another engine than the one that was recorded; this is chhaya ${programVersion()}`,
    );
    return `${lines.join("\n")}\n`;
  }
  if (end === "full") lines.push("The recording had reached its limit; the node went on");
  if (end === "cut")
    lines.push(
      `The recording was cut off: ${leftOver === 0 ? "the node did not end it" : `${counted(leftOver, "byte")} of an entry are left over`}`,
    );
  if (isUnfinished) lines.push(`What came of turn ${turns} was not recorded: the node may have ended in it`);
  if (turns > 1 || !isUnfinished) lines.push(`The same effects, byte for byte: ${bytesToHex(digest)}`);
  return `${lines.join("\n")}\n`;
}
