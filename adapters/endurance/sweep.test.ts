import { expect, test } from "vitest";
import { killSweep } from "./sweep.ts";

test(
  "what was acknowledged survives every kill, once and unaltered, and no key is used twice",
  { timeout: 300_000 },
  async () => {
    const { acknowledged, delivered, envelopes, faults, kills, said, tags } = await killSweep({ kills: 8, seed: 1 });
    expect(faults).toEqual([]);
    expect(kills.alice + kills.bob).toBe(8);
    expect(acknowledged).toBeGreaterThan(20);
    expect(delivered).toBeGreaterThanOrEqual(acknowledged);
    expect(delivered).toBeLessThanOrEqual(said);
    expect(tags).toBeGreaterThan(acknowledged / 2);
    expect(envelopes).toBeGreaterThanOrEqual(tags);
  },
);
