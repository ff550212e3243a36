import fc from "fast-check";
import { expect, test } from "vitest";
import { EPOCH_MS, Kernel } from "./index.ts";

test("events come in the order of their time, then in the order they were asked for", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (times) => {
      const kernel = new Kernel();
      const seen: number[] = [];
      times.forEach((time, i) => kernel.at(EPOCH_MS + time, () => seen.push(i)));
      kernel.runUntil(EPOCH_MS + 20);
      const expected = times.map((_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
      expect(seen).toEqual(expected);
      expect(kernel.events).toBe(times.length);
    }),
    { seed: 1 },
  );
});

test("what is cancelled does not happen, what is late happens next, and time never goes back", () => {
  const kernel = new Kernel();
  const seen: string[] = [];
  kernel.after(5, () => seen.push("cancelled"))();
  kernel.after(10, () => {
    kernel.at(EPOCH_MS, () => seen.push(`late at ${kernel.elapsed}`));
  });
  kernel.runUntil(EPOCH_MS + 100);
  expect(seen).toEqual(["late at 10"]);
  expect(kernel.elapsed).toBe(100);
});

test("what lies beyond the end waits for the next run", () => {
  const kernel = new Kernel();
  let happened = false;
  kernel.after(50, () => {
    happened = true;
  });
  kernel.runUntil(EPOCH_MS + 49);
  expect(happened).toBe(false);
  kernel.runUntil(EPOCH_MS + 50);
  expect(happened).toBe(true);
});
