import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { History, HISTORY_LIST_MAX } from "./index.ts";

const SEED = 19;
const keyOf = (mark: number): Secret => new Secret(new Uint8Array(32).fill(mark));
const KEY = keyOf(1);
const failing = (code: string): unknown => expect.objectContaining({ name: "StorageFailed", code });

let directory: string;
let history: History;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "chhaya-dump-")), "history");
  history = History.open(directory, KEY);
});
afterEach(async () => {
  await history.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

function receive(id: string, contact = "alice", provisional = false): void {
  history.receive({ id, contact, body: new TextEncoder().encode(`body of ${id}`), at: 1_000, provisional });
}

describe("a dump", () => {
  let copy: string;
  beforeEach(() => {
    copy = join(directory, "..", "copy");
  });

  test("restores every row, and tokens go on far above all that were used", async () => {
    for (let at = 0; at < 40; at++) {
      receive(`m${at}`, at % 2 === 0 ? "alice" : "bob", at % 3 === 0);
      history.mark(
        history.offer("carol", new Uint8Array(60_000).fill(at), at),
        at % 2 === 0 ? "queued" : "delivered",
        at,
      );
    }
    const parts = [...history.dump()];
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(2 ** 20);
    History.restore(copy, keyOf(2), parts);
    const restored = History.open(copy, keyOf(2));
    const all = { limit: HISTORY_LIST_MAX };
    expect(restored.list(all)).toEqual(history.list(all));
    expect(restored.unsettled()).toEqual(history.unsettled());
    expect(restored.receive({ id: "m7", contact: "x", body: new Uint8Array(0), at: 1, provisional: false })).toBe(
      false,
    );
    expect(restored.offer("x", new Uint8Array(0), 1)).toBe(41 + 2 ** 20);
    await restored.close();
  });

  test("of an empty history restores the tokens", async () => {
    History.restore(copy, KEY, history.dump());
    const restored = History.open(copy, KEY);
    expect(restored.offer("x", new Uint8Array(0), 1)).toBe(1 + 2 ** 20);
    await restored.close();
  });

  test("is refused where a history is, and leaves it", async () => {
    receive("m");
    const parts = [...history.dump()];
    await history.close();
    expect(() => History.restore(directory, KEY, parts)).toThrow(failing("storage/not-empty"));
    history = History.open(directory, KEY);
    expect(history.list({ limit: 9 }).map(({ row }) => row)).toEqual([1]);
  });

  test("that is broken off or none at all restores nothing", async () => {
    receive("m");
    const [start, rows] = [...history.dump()] as [Uint8Array, Uint8Array];
    const broken = function* (): Generator<Uint8Array> {
      yield start;
      yield rows;
      throw new Error("broken off");
    };
    expect(() => History.restore(copy, KEY, broken())).toThrow(
      expect.objectContaining({ cause: new Error("broken off") }),
    );
    for (const parts of [
      [start, rows.subarray(1)],
      [start, rows, rows],
      [new Uint8Array(0)],
      [new Uint8Array(2 ** 20 + 1)],
    ]) {
      expect(() => History.restore(copy, KEY, parts)).toThrow(/^storage\/(?:damaged|write-failed)$/u);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        expect(() => History.restore(copy, KEY, [start, bytes])).toThrow(failing("storage/damaged"));
      }),
      { seed: SEED, numRuns: 20 },
    );
    History.restore(copy, KEY, [start, rows]);
    const restored = History.open(copy, KEY);
    expect(restored.list({ limit: 9 })).toEqual(history.list({ limit: 9 }));
    await restored.close();
  });
});
