import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameMeter } from "./frame-meter.ts";

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function framed(length: number): number[] {
  return [...varint(length), ...new Array<number>(length).fill(0xff)];
}

test("hears of each message once, with its length, however the bytes are cut", () => {
  const lengths = fc.array(fc.nat(400), { maxLength: 12 });
  fc.assert(
    fc.property(lengths, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (messages, cuts) => {
      const bytes = Uint8Array.from(messages.flatMap(framed));
      const meter = new FrameMeter(400);
      const heard: number[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const cut = cuts[i % cuts.length] as number;
        expect(meter.read(bytes.subarray(at, at + cut), (length) => heard.push(length) > 0)).toBeUndefined();
        at += cut;
      }
      expect(heard).toEqual(messages);
    }),
    { seed: 1 },
  );
});

test("hears of a message before it is there, and may refuse it", () => {
  const heard: number[] = [];
  const meter = new FrameMeter(1_000);
  expect(meter.read(Uint8Array.from(varint(900)), (length) => heard.push(length) === 0)).toBe("refused");
  expect(heard).toEqual([900]);
});

test.each([
  ["too long", varint(1_001)],
  ["a length without end", [0x80, 0x80, 0x80, 0x80, 0x80]],
  ["a length of five bytes", [0x81, 0x80, 0x80, 0x80, 0x00]],
])("%s", (_, bytes) => {
  const meter = new FrameMeter(1_000);
  expect(meter.read(Uint8Array.from(bytes), () => true)).toBe("oversized");
});

test("never takes more than it may, and never throws, on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      new FrameMeter(50).read(bytes, (length) => {
        expect(length).toBeLessThanOrEqual(50);
        return true;
      });
    }),
    { seed: 1 },
  );
});
