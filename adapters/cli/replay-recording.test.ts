import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { Engine } from "../../core/node/index.ts";
import { Recorder, RECORDING_BYTES_MAX } from "../recorder/index.ts";
import { recordingOf, sampleEntries } from "../recorder/recorder.testing.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { isRecordingFile, replayRecording } from "./replay-recording.ts";
import { UsageError } from "./usage.ts";

const folder = mkdtempSync(join(tmpdir(), "chhaya-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, bytes: Uint8Array | string): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

function replayed(file: string): { readonly code: number; readonly text: string } {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const code = replayRecording(file);
    return { code, text: write.mock.calls.map(([text]) => String(text)).join("") };
  } finally {
    write.mockRestore();
  }
}

/** An engine that is opened with these settings, and woken 50 times; `room` bytes for all but its log. */
function recordedWith(name: string, settings: { readonly oneTimePrekeys?: number }, room = 2 ** 20): string {
  const file = join(folder, name);
  const profile = { label: "a", addresses: [] };
  const { effects } = Engine.create({ suite: nativeSuite, random: systemRandom }, profile, 1_000);
  const [first] = effects;
  if (first?.kind !== "replace") throw new Error("an account begins with a log");
  const recorder = Recorder.create(file, { version: "1.2.3", onEnd() {}, bytesMax: first.bytes.length + room });
  try {
    const opened = recorder.open({ settings }, { log: first.bytes, anchor: first.anchor }, 2_000);
    for (let i = 0; i < 50 && opened.ok; i++) opened.value.engine.handle({ kind: "wake" }, 3_000 + i);
  } catch {
    // It is recorded.
  }
  recorder.close();
  return file;
}

test("a recording is known by its first bytes", () => {
  expect(isRecordingFile(written("sample.rec", recordingOf(sampleEntries)))).toBe(true);
  expect(isRecordingFile(written("later.rec", "chhaya recording v2\n"))).toBe(true);
  expect(isRecordingFile(written("run.json", '{"format":"chhaya-run/1"}'))).toBe(false);
  expect(isRecordingFile(written("empty", ""))).toBe(false);
  expect(isRecordingFile(join(folder, "none"))).toBe(false);
  expect(isRecordingFile(folder)).toBe(false);
});

describe("what comes of it is said", () => {
  test("of one that is the same", () => {
    const file = recordedWith("same.rec", {});
    expect(replayed(file)).toEqual({
      code: 0,
      text: expect.stringMatching(
        /^Recorded by chhaya 1\.2\.3: 51 turns in 1 session, 1\.05 s of virtual time\nInputs: wake 50\nThe same effects, byte for byte: [0-9a-f]{64}\n$/u,
      ),
    });
  });

  test("of one that ended at its limit", () => {
    const { code, text } = replayed(recordedWith("full.rec", {}, 3_000));
    expect(code).toBe(0);
    expect(text).toContain("\nThe recording had reached its limit; the node went on\n");
  });

  test("of a bug: where it was thrown", () => {
    const { code, text } = replayed(recordedWith("bug.rec", { oneTimePrekeys: 1e6 }));
    expect(code).toBe(0);
    expect(text).toMatch(/\nInputs: none\nThe engine threw in turn 1: AssertionFailure: .+\n +at .+/u);
  });

  test("of another engine, and of one that was cut off", () => {
    const { code, text } = replayed(written("other.rec", recordingOf(sampleEntries)));
    expect(code).toBe(1);
    expect(text).toMatch(
      /\nTurn 1 differs \(open, after 0 ms\): the digest was (?:07){32} and is [0-9a-f]{64}\nIts effects now: refused \(node\/no-identity\)\nAnother engine than the one that was recorded; this is chhaya \d/u,
    );
    const cut = written("cut.rec", readFileSync(recordedWith("stopped.rec", {})).subarray(0, -1));
    expect(replayed(cut).text).toMatch(/\nThe recording was cut off: \d+ bytes of an entry are left over\nThe same/u);
    const open = replayed(written("open.rec", recordingOf(sampleEntries.slice(0, 2))));
    expect(open.text).toContain("\nThe recording was cut off: the node did not end it\n");
    expect(open.text).toContain("\nWhat came of turn 1 was not recorded: the node may have ended in it\n");
    expect(open.text).not.toContain("The same effects");
  });
});

test("a file that is none is refused in one line", () => {
  const whole = recordingOf(sampleEntries);
  const damaged = whole.slice();
  damaged[damaged.length >> 1] = 1 ^ (damaged[damaged.length >> 1] as number);
  const large = written("large.rec", whole);
  truncateSync(large, RECORDING_BYTES_MAX + 1);
  for (const [file, message] of [
    [
      written("damaged.rec", damaged),
      /is damaged: the entry at byte \d+ is not as it was written \(recording\/damaged\)$/u,
    ],
    [written("later.rec", "chhaya recording v2\n"), /is a recording of another version of Chhaya: replay it there/u],
    [written("text.rec", "…"), /is not a recording \(recording\/other-kind\)$/u],
    [large, /is too large to be a recording \(recording\/too-long\)$/u],
    [
      written("begun.rec", whole.subarray(0, 40)),
      /holds nothing to replay: the node ended before its engine was opened$/u,
    ],
  ] as const) {
    expect(() => replayed(file)).toThrow(UsageError);
    expect(() => replayed(file)).toThrow(message);
  }
});
