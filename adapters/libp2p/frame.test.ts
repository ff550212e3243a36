import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrames, FRAME_HEADER_BYTES, FrameReader } from "./frame.ts";

const SEED = 1;
const LIMIT_BYTES = 64;
const payloads = fc.array(fc.uint8Array({ maxLength: LIMIT_BYTES }), { maxLength: 12 });

test("frames arrive whole and in order, however the stream was cut", () => {
  fc.assert(
    fc.property(payloads, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, cuts) => {
      const wire = encodeFrames(sent);
      const reader = new FrameReader(LIMIT_BYTES);
      const read: Uint8Array[] = [];
      for (let offset = 0, turn = 0; offset < wire.length; turn++) {
        const end = offset + (cuts[turn % cuts.length] as number);
        expect(reader.read(wire.subarray(offset, end), (payload) => read.push(payload))).toBe(true);
        offset = end;
      }
      expect(read).toEqual(sent);
    }),
    { seed: SEED },
  );
});

test("a frame that announces more than the limit ends the stream before anything is allocated for it", () => {
  const header = encodeFrames([new Uint8Array(LIMIT_BYTES + 1)]).subarray(0, FRAME_HEADER_BYTES);
  const reader = new FrameReader(LIMIT_BYTES);
  const read: Uint8Array[] = [];
  expect(reader.read(header, (payload) => read.push(payload))).toBe(false);
  expect(reader.read(encodeFrames([new Uint8Array(1)]), (payload) => read.push(payload))).toBe(false);
  expect(read).toEqual([]);
});

test("is total on any bytes and never hands out more than it was given", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }), (chunks) => {
      const reader = new FrameReader(LIMIT_BYTES);
      let bytes = 0;
      for (const chunk of chunks) reader.read(chunk, (payload) => (bytes += payload.length + FRAME_HEADER_BYTES));
      expect(bytes).toBeLessThanOrEqual(chunks.reduce((sum, { length }) => sum + length, 0));
    }),
    { seed: SEED },
  );
});
