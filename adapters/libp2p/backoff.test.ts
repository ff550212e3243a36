import { expect, test } from "vitest";
import { Backoff } from "./backoff.ts";

test("each failure in a row doubles the pause, to a minute; a success forgets them", () => {
  const backoff = new Backoff();
  expect(backoff.notBefore).toBe(0);
  const pauses = Array.from({ length: 9 }, () => {
    backoff.failed(5_000);
    return backoff.notBefore - 5_000;
  });
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  expect(backoff.failures).toBe(9);
  backoff.succeeded();
  expect([backoff.failures, backoff.notBefore]).toEqual([0, 0]);
  backoff.failed(0);
  expect(backoff.notBefore).toBe(1_000);
});
