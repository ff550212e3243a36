import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "./entry.ts";
import { MAGIC } from "./framing.ts";
import { type Recording, readRecording, type Turn } from "./reading.ts";
import { recordingOf, sampleEntries } from "./recorder.testing.ts";
import { RECORDING_BYTES_MAX } from "./values.ts";

const SEED = 0x4ead;
const whole = recordingOf(sampleEntries);
/** Where each entry ends. */
const ends = sampleEntries.map((_, i) => recordingOf(sampleEntries.slice(0, i + 1)).length);

function read(bytes: Uint8Array): Omit<Recording, "turns"> & { readonly turns: readonly Turn[] } {
  const found = readRecording(bytes);
  if (!found.ok) throw new Error(found.error.code);
  return { ...found.value, turns: [...found.value.turns] };
}

function codeOf(bytes: Uint8Array): string {
  const found = readRecording(bytes);
  return found.ok ? "ok" : found.error.code;
}

test("a whole recording is read as it was written, as often as one wants", () => {
  const recording = read(whole);
  expect(recording).toMatchObject({ version: "1.2.3", end: "closed", leftOver: 0 });
  const [, open, outcome, input] = sampleEntries;
  const digest = outcome?.kind === "outcome" ? outcome.digest : undefined;
  expect(recording.turns).toEqual([
    { entry: open, digest },
    { entry: input, digest },
  ]);
  expect([...read(whole).turns]).toHaveLength(2);
});

test("cut off anywhere, it gives the entries before", () => {
  for (let length = MAGIC.length; length < whole.length; length++) {
    const { end, leftOver, turns, version } = read(whole.subarray(0, length));
    const kept = ends.filter((each) => each <= length).length;
    expect(end).toBe("cut");
    expect(leftOver).toBe(length - (ends[kept - 1] ?? MAGIC.length));
    expect(version).toBe(kept > 0 ? "1.2.3" : undefined);
    expect(turns.map(({ digest }) => digest !== undefined)).toEqual(
      [[], [], [false], [true], [true, false], [true, true]][kept],
    );
  }
  for (let length = 0; length < MAGIC.length; length++) {
    expect(codeOf(whole.subarray(0, length))).toMatch(/^recording\/(?:other-kind|unknown-version)$/u);
  }
});

describe("what is not as it was written is refused", () => {
  test("whatever byte was changed, and the entry is named", () => {
    const property = fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = whole.slice();
      changed[at] = (changed[at] as number) ^ flip;
      const found = readRecording(changed);
      if (at < MAGIC.length) expect(codeOf(changed)).toMatch(/^recording\/(?:other-kind|unknown-version)$/u);
      else {
        const offset = ends.findLast((end) => end <= at) ?? MAGIC.length;
        expect(found).toEqual({ ok: false, error: { code: "recording/damaged", offset } });
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 1_000 });
  });

  test("entries that were left out, repeated or exchanged", () => {
    const frames = ends.map((end, i) => whole.subarray(ends[i - 1] ?? MAGIC.length, end));
    const rebuilt = (...order: readonly number[]): Uint8Array =>
      Buffer.concat([MAGIC, ...order.map((i) => frames[i] as Uint8Array)]);
    expect(codeOf(rebuilt(0, 1, 2, 3, 4, 5))).toBe("ok");
    for (const order of [
      [0, 1, 2, 5],
      [0, 1, 2, 3, 4, 3, 4, 5],
      [1, 0],
      [0, 1, 4, 3, 2, 5],
    ]) {
      expect(codeOf(rebuilt(...order))).toBe("recording/damaged");
    }
  });

  test("entries that stand where none of their kind may", () => {
    const [program, open, outcome, input, , closed] = sampleEntries as [Entry, Entry, Entry, Entry, Entry, Entry];
    const full: Entry = { kind: "full" };
    for (const entries of [
      [program, closed],
      [program, full],
      [program, open, outcome, open, outcome, full],
    ]) {
      expect(codeOf(recordingOf(entries))).toBe("ok");
    }
    for (const entries of [
      [open],
      [program, program],
      [program, input],
      [program, outcome],
      [program, open, input],
      [program, open, closed],
      [program, open, outcome, outcome],
      [program, open, outcome, program],
      [program, closed, closed],
      [program, full, open],
    ]) {
      expect(codeOf(recordingOf(entries))).toBe("recording/damaged");
    }
  });

  test("any other bytes", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      expect(codeOf(noise)).toBe("recording/other-kind");
      const behind = readRecording(Buffer.concat([MAGIC, noise]));
      expect(behind.ok ? behind.value.end : behind.error.code).toBe(noise.length < 12 ? "cut" : "recording/damaged");
    });
    fc.assert(property, { seed: SEED });
    expect(codeOf(Buffer.from('{"format":"chhaya-run/1"}'))).toBe("recording/other-kind");
    expect(codeOf(Buffer.from("chhaya recording v2\n…"))).toBe("recording/unknown-version");
    const long = new Uint8Array(RECORDING_BYTES_MAX + 1);
    long.set(whole);
    expect(codeOf(long)).toBe("recording/too-long");
  });
});
