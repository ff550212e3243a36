import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Engine } from "../../core/node/index.ts";
import { AssertionFailure } from "../../core/safety/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { readRecording, type Recording, type Turn } from "./reading.ts";
import { type EndedEarly, Recorder } from "./recorder.ts";
import { replay } from "./replay.ts";

const VERSION = "1.2.3";

describe("a recording", () => {
  const environment = { suite: nativeSuite, random: systemRandom };
  const created = Engine.create(environment, { label: "a", addresses: [] }, 1_000);
  const [first] = created.effects;
  if (first?.kind !== "replace") throw new Error("an account begins with a log");
  const stored = { log: first.bytes, anchor: first.anchor };

  function recorderOf(bytesMax?: number): { file: string; recorder: Recorder; ended: EndedEarly[] } {
    const folder = mkdtempSync(join(tmpdir(), "chhaya-recorder-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "recording");
    const ended: EndedEarly[] = [];
    const limit = bytesMax === undefined ? {} : { bytesMax };
    const recorder = Recorder.create(file, { version: VERSION, onEnd: (why) => void ended.push(why), ...limit });
    return { file, recorder, ended };
  }

  function readIt(file: string): Recording {
    const found = readRecording(readFileSync(file));
    if (!found.ok) throw new Error(found.error.code);
    return found.value;
  }

  function openedBy(recorder: Recorder): Engine {
    const opened = recorder.open({}, stored, 2_000);
    if (!opened.ok) throw new Error(opened.error);
    return opened.value.engine;
  }

  test("of nothing is not kept, and an existing file is not overwritten", () => {
    const { file, recorder } = recorderOf();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => Recorder.create(file, { version: VERSION, onEnd() {} })).toThrow("EEXIST");
    recorder.close();
    expect(existsSync(file)).toBe(false);
  });

  test("is replayed by the same engine, and by another until the first turn that shows it", () => {
    const { file, recorder } = recorderOf();
    const engine = openedBy(recorder);
    const friend = Engine.create(environment, { label: "b", addresses: ["b"] }, 1_000).engine;
    engine.handle({ kind: "command", command: { kind: "add-contact", name: "b", card: friend.cardBytes() } }, 3_000);
    const body = new TextEncoder().encode("hello");
    const said = engine.handle(
      { kind: "command", command: { kind: "send", contact: friend.account, body, token: 1 } },
      3_001,
    );
    const [request = -1] = said.flatMap((effect) => (effect.kind === "get-record" ? [effect.request] : []));
    expect(engine.handle({ kind: "record", request, value: undefined }, 3_002)).toEqual([{ kind: "wake", at: 7_002 }]);
    engine.handle({ kind: "wake" }, 7_002);
    recorder.close();
    const turns = [...readIt(file).turns];
    expect(replay(turns)).toMatchObject({ turns: 5, from: 2_000, to: 7_002, difference: undefined });
    const impatient = turns.map(({ digest, entry }): Turn => {
      if (entry.kind === "input") return { digest, entry };
      const settings = { ...entry.environment.settings, retransmitMs: 1_999 };
      return { digest, entry: { ...entry, environment: { ...entry.environment, settings } } };
    });
    const { difference, digest, turns: played } = replay(impatient);
    expect(difference).toMatchObject({ turn: 4, kind: "record", at: 3_002, effects: ["wake"] });
    expect(difference?.recorded).toEqual(turns[3]?.digest);
    expect(difference?.found).not.toEqual(turns[3]?.digest);
    expect([digest, played]).toEqual([turns[2]?.digest, 4]);
  });

  test("ends at its limit, whole, and the engine goes on with other randomness", () => {
    const bytesMax = stored.log.length + 2_000;
    const { ended, file, recorder } = recorderOf(bytesMax);
    const engine = openedBy(recorder);
    for (let now = 3_000; ended.length === 0; now += 10) engine.handle({ kind: "wake" }, now);
    expect(ended).toEqual(["full"]);
    const size = statSync(file).size;
    expect(size).toBeLessThanOrEqual(bytesMax);
    engine.handle({ kind: "wake" }, 1_000_000_000);
    const another = openedBy(recorder);
    expect(another.account).toBe(created.engine.account);
    recorder.close();
    expect(statSync(file).size).toBe(size);
    const recording = readIt(file);
    expect(recording).toMatchObject({ end: "full", leftOver: 0 });
    expect(replay(recording.turns)).toMatchObject({ difference: undefined, isUnfinished: false });
    expect(ended).toEqual(["full"]);
  });

  test("holds a turn in which the engine throws", () => {
    const { file, recorder } = recorderOf();
    expect(() => recorder.open({ settings: { oneTimePrekeys: 1e6 } }, stored, 2_000)).toThrow(AssertionFailure);
    recorder.close();
    const again = replay(readIt(file).turns);
    expect(again).toMatchObject({ turns: 1, difference: undefined, failure: expect.any(AssertionFailure) });
  });

  test("ends with an input that it cannot hold, and the engine goes on", () => {
    const { ended, file, recorder } = recorderOf();
    const engine = openedBy(recorder);
    const addresses = Array.from({ length: 1_025 }, () => "x");
    expect(engine.handle({ kind: "relocated", addresses }, 3_000)).toBeInstanceOf(Array);
    expect(ended).toEqual(["failed"]);
    engine.handle({ kind: "wake" }, 4_000);
    recorder.close();
    const recording = readIt(file);
    expect([recording.end, [...recording.turns].length]).toEqual(["cut", 1]);
  });

  test("is refused for a node with an index", () => {
    const { recorder } = recorderOf();
    expect(() => recorder.open({ roles: { mirrors: true } }, stored, 2_000)).toThrow(AssertionFailure);
    recorder.close();
  });
});
