import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { portableSuite as suite } from "../suite/index.ts";
import { appendRecord, LOG_RECORD_BYTES_MAX, RECORD_HEADER_BYTES, recover } from "./index.ts";
import { at, expectPrefix, intactRecords, logOf, payloadsOf, write } from "./logs.testing.ts";

const NOTHING = new Uint8Array(0);

describe("a stop at any byte of any write", () => {
  test("finds all that was acknowledged, and the write under way wholly or not at all", () => {
    const payloads = payloadsOf(9, 0, 21);
    const records = write(1, payloads);
    let log: Uint8Array = NOTHING;
    let anchor: Uint8Array | undefined;
    for (const [i, record] of records.entries()) {
      const before = recover(suite, log, anchor);
      expect(before.status).toBe(i === 0 ? "empty" : "clean");
      for (let written = 1; written < record.bytes.length; written++) {
        const torn = recover(suite, concatBytes(log, record.bytes.subarray(0, written)), anchor);
        expect([torn.status, torn.reason]).toEqual(["torn", "log/unfinished-write"]);
        expectPrefix(torn, records, payloads, i);
      }
      log = concatBytes(log, record.bytes);
      for (const found of [recover(suite, log, anchor), recover(suite, log, record.anchor)]) {
        expect(found.status).toBe("clean");
        expectPrefix(found, records, payloads, i + 1);
      }
      anchor = record.anchor;
    }
  });

  test("during a rewrite finds the old generation or the new, and continues either", () => {
    const [old, rewritten] = [write(1, payloadsOf(5, 6)), write(2, payloadsOf(7))];
    for (const [log, anchor, generation] of [
      [logOf(old), at(old, -1).anchor, 1],
      [logOf(rewritten), at(old, -1).anchor, 2],
      [logOf(rewritten), at(rewritten, -1).anchor, 2],
    ] as const) {
      const { head, status } = recover(suite, log, anchor);
      expect([status, head?.generation]).toEqual(["clean", generation]);
      const next = appendRecord(suite, head as NonNullable<typeof head>, Uint8Array.of(1));
      expect(recover(suite, concatBytes(log, next.bytes), next.anchor).status).toBe("clean");
    }
  });

  test("a newer generation half written, by a disk that does not replace atomically, is never clean", () => {
    const records = write(1, payloadsOf(5, 6));
    const [old, rewritten, { anchor }] = [logOf(records), logOf(write(2, payloadsOf(30))), at(records, -1)];
    for (let written = 0; written < rewritten.length; written++) {
      const part = rewritten.subarray(0, written);
      const reason = written === 0 ? "log/truncated" : "log/record-altered";
      expect(recover(suite, part, anchor)).toMatchObject({ status: "damaged", reason });
      // Over the old one, whose rest shows behind; the first bytes of the two are the same.
      const over = concatBytes(part, old.subarray(written));
      if (intactRecords(records, over) < 2) expect(recover(suite, over, anchor).status).toBe("damaged");
      // Behind the old one.
      const behind = recover(suite, concatBytes(old, part), anchor);
      expect(behind.status).toBe(written === 0 ? "clean" : "torn");
      expect(behind.payloads.length).toBe(2);
    }
  });
});

describe("a small log, exhaustively", () => {
  const payloads = payloadsOf(3, 0, 17, 8);
  const records = write(1, payloads);
  const log = logOf(records);
  const [last, previous] = [at(records, -1), at(records, -2)];

  test("every value of every byte but the right one is noticed, and costs what lies before it nothing", () => {
    const altered = log.slice();
    for (let i = 0; i < log.length; i++) {
      const right = log[i] as number;
      for (let value = 0; value < 256; value++) {
        if (value === right) continue;
        altered[i] = value;
        const found = recover(suite, altered, last.anchor);
        if (found.status !== "damaged" || found.reason !== "log/record-altered") expect(found).toBe("damaged");
        const intact = intactRecords(records, altered);
        if (found.payloads.length !== intact || value === (right ^ 1)) expectPrefix(found, records, payloads, intact);
      }
      // The last record unanchored: it was never acknowledged, so it is an unfinished write.
      altered[i] = right ^ 0x80;
      const status = i < log.length - last.bytes.length ? "damaged" : "torn";
      expect(recover(suite, altered, previous.anchor).status).toBe(status);
      altered[i] = right;
    }
    expect(recover(suite, altered, last.anchor).status).toBe("clean");
  });

  test("every cut is noticed where the anchor covers it", () => {
    for (let length = 0; length < log.length; length++) {
      const cut = log.subarray(0, length);
      const found = recover(suite, cut, last.anchor);
      const intact = intactRecords(records, cut);
      expect(found.status).toBe("damaged");
      expectPrefix(found, records, payloads, intact);
      const atBoundary = length === log.length - last.bytes.length;
      const lagging = length < log.length - last.bytes.length ? "damaged" : atBoundary ? "clean" : "torn";
      expect(recover(suite, cut, previous.anchor).status).toBe(lagging);
    }
  });

  test("every altered bit and every cut of the anchor is noticed, and every record is still there", () => {
    const anchors = [...Array(8 * last.anchor.length).keys()].map((bit) =>
      last.anchor.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
    );
    for (let length = 0; length < last.anchor.length; length++) anchors.push(last.anchor.slice(0, length));
    for (const anchor of anchors) {
      const found = recover(suite, log, anchor);
      expect([found.status, found.reason]).toEqual(["damaged", "log/anchor-altered"]);
      expectPrefix(found, records, payloads, records.length);
    }
  });
});

/** The header of a first record that claims `length`, with nothing behind it. */
function claimed(length: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  view.setUint32(4, 1);
  return bytes;
}

describe("every status and reason has its cause", () => {
  const payloads = payloadsOf(4, 5, 6, 7);
  const records = write(3, payloads);
  const log = logOf(records);
  const anchors = records.map(({ anchor }) => anchor);
  const other = write(
    3,
    payloadsOf(4, 5, 6, 8).map((payload) => payload.map((byte) => byte ^ 0xff)),
  );
  const first = write(1, payloads);
  const older = write(2, payloads);
  const snapshotAndTail = concatBytes(at(write(4, payloads), 0).bytes, Uint8Array.of(1));
  const flipped = log.map((byte, i) => (i === 60 ? byte ^ 1 : byte));

  test.each([
    ["a new disk", NOTHING, undefined, "empty", undefined],
    ["anchor at the last record", log, anchors[3], "clean", undefined],
    ["anchor at the last but one", log, anchors[2], "clean", undefined],
    ["anchor two behind", log, anchors[1], "damaged", "log/anchor-altered"],
    ["anchor three behind", log, anchors[0], "damaged", "log/anchor-altered"],
    ["first snapshot without its anchor", logOf(first.slice(0, 1)), undefined, "clean", undefined],
    ["part of the first snapshot", at(first, 0).bytes.subarray(0, 50), undefined, "torn", "log/unfinished-write"],
    ["two records and no anchor", logOf(first.slice(0, 2)), undefined, "damaged", "log/anchor-missing"],
    ["later generation and no anchor", at(records, 0).bytes, undefined, "damaged", "log/anchor-missing"],
    [
      "the longest record, begun, and no anchor",
      claimed(LOG_RECORD_BYTES_MAX),
      undefined,
      "torn",
      "log/unfinished-write",
    ],
    ["a record too long and no anchor", claimed(LOG_RECORD_BYTES_MAX + 1), undefined, "damaged", "log/record-altered"],
    ["no record and no anchor", new Uint8Array(60), undefined, "damaged", "log/record-altered"],
    ["bytes behind the last record", concatBytes(log, Uint8Array.of(1)), anchors[3], "torn", "log/unfinished-write"],
    ["an altered record", flipped, anchors[3], "damaged", "log/record-altered"],
    ["records missing at the end", logOf(records.slice(0, 2)), anchors[3], "damaged", "log/truncated"],
    ["all records missing", NOTHING, anchors[3], "damaged", "log/truncated"],
    ["an older generation", logOf(older), anchors[3], "damaged", "log/rolled-back"],
    ["fewer records of an older generation", at(older, 0).bytes, anchors[3], "damaged", "log/rolled-back"],
    ["another log of this generation", logOf(other), anchors[3], "damaged", "log/rolled-back"],
    ["next generation's snapshot", logOf(write(4, payloads).slice(0, 1)), anchors[3], "clean", undefined],
    ["next generation's snapshot and a tail", snapshotAndTail, anchors[3], "damaged", "log/record-altered"],
    ["next generation with more", logOf(write(4, payloads)), anchors[3], "damaged", "log/rolled-back"],
    ["a generation after the next", logOf(write(5, payloads).slice(0, 1)), anchors[3], "damaged", "log/rolled-back"],
    ["an anchor that is none", log, NOTHING, "damaged", "log/anchor-altered"],
  ] as const)("%s", (_what, found, anchor, status, reason) => {
    expect(recover(suite, found, anchor)).toMatchObject({ status, reason });
  });

  test("log and anchor rolled back together are taken for the present: nothing on this device can tell", () => {
    expect(recover(suite, logOf(records.slice(0, 2)), anchors[1]).status).toBe("clean");
  });
});
