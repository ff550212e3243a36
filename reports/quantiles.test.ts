import fc from "fast-check";
import { expect, test } from "vitest";
import { distribution, quantile, quantiles } from "./quantiles.ts";

const sample = fc
  .array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 500 })
  .map((values) => values.sort((a, b) => a - b));

test("the nearest rank of a hundred values is their number", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(quantiles(hundred)).toEqual({ p50: 50, p90: 90, p99: 99 });
  for (let i = 1; i <= 100; i++) expect(quantile(hundred, i / 100)).toBe(i);
  expect(quantiles([7])).toEqual({ p50: 7, p90: 7, p99: 7 });
  expect(quantiles([])).toBeUndefined();
});

test("a quantile is the least value that so many do not exceed", () => {
  fc.assert(
    fc.property(sample, fc.integer({ min: 1, max: 100 }), (sorted, percent) => {
      const found = quantile(sorted, percent / 100);
      const atMost = (limit: number): number => sorted.filter((value) => value <= limit).length * 100;
      expect(atMost(found)).toBeGreaterThanOrEqual(percent * sorted.length);
      expect(atMost(found - 1)).toBeLessThan(percent * sorted.length);
    }),
  );
});

test("a distribution ascends to one, in few steps, and is exact for a small sample", () => {
  fc.assert(
    fc.property(sample, (sorted) => {
      const steps = distribution(sorted);
      expect(steps.length).toBeLessThanOrEqual(200);
      expect(steps.at(-1)).toEqual({ value: sorted.at(-1), share: 1 });
      for (const [i, step] of steps.slice(1).entries()) {
        expect(step.value).toBeGreaterThan(steps[i]?.value ?? Number.NaN);
        expect(step.share).toBeGreaterThan(steps[i]?.share ?? Number.NaN);
      }
      if (sorted.length > 200) return;
      for (const { share, value } of steps) {
        expect(share).toBe(sorted.filter((each) => each <= value).length / sorted.length);
      }
    }),
  );
  expect(distribution([])).toEqual([]);
});
