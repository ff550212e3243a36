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

test("what is cancelled is soon forgotten, and the order of the rest stays", () => {
  const kernel = new Kernel();
  const seen: number[] = [];
  const cancels: (() => void)[] = [];
  for (let i = 0; i < 20_000; i++) {
    const cancel = kernel.after(1_000_000 + ((i * 7_919) % 500), () => seen.push(i));
    if (i % 10 !== 0) cancels.push(cancel);
  }
  for (const cancel of cancels) {
    cancel();
    cancel();
  }
  expect(kernel.waiting).toBeLessThan(2_000 + 2_000);
  kernel.runUntil(kernel.now + 2_000_000);
  const kept = Array.from({ length: 2_000 }, (_, i) => i * 10);
  expect(seen).toEqual(kept.sort((a, b) => ((a * 7_919) % 500) - ((b * 7_919) % 500) || a - b));
  expect(kernel.waiting).toBe(0);
  // Too late.
  for (const cancel of cancels) cancel();
});

test("an observer sees what is asked for, cancelled and begun, by its number", () => {
  const kernel = new Kernel();
  const seen: unknown[] = [];
  kernel.observe({
    asked: (event, time) => seen.push(["asked", event, time - EPOCH_MS]),
    cancelled: (event) => seen.push(["cancelled", event]),
    begins: (event, time) => seen.push(["begins", event, time - EPOCH_MS]),
  });
  const cancel = kernel.after(5, () => {});
  const late = kernel.after(3, () => kernel.after(1, () => {}));
  cancel();
  kernel.runUntil(kernel.now + 10);
  late();
  expect(seen).toEqual([
    ...[
      ["asked", 0, 5],
      ["asked", 1, 3],
      ["cancelled", 0],
      ["begins", 1, 3],
      ["asked", 2, 4],
      ["begins", 2, 4],
    ],
  ]);
});
