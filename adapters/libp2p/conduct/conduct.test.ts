import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Conduct, PEERS_REMEMBERED_MAX, REFUSAL_MS } from "./conduct.ts";
import { type Offence, OFFENCE_SCORES, SCORE_DECAY_MS, scoreThresholds } from "./offences.ts";
import { type Activity, BYTE_RATES, RATES } from "./rates.ts";

const ACTIVITIES = Object.keys(RATES) as Activity[];

function bench(): { readonly conduct: Conduct; readonly refused: string[]; pass(ms: number): void } {
  let now = 1_000_000;
  const refused: string[] = [];
  const clock = { now: () => now, at: () => () => {} };
  return { conduct: new Conduct(clock, (peer) => refused.push(peer)), refused, pass: (ms) => void (now += ms) };
}

function admitted(conduct: Conduct, peer: string, activity: Activity, times: number, bytes = 0): number {
  let count = 0;
  for (let i = 0; i < times; i++) if (conduct.admit(peer, activity, bytes)) count++;
  return count;
}

describe("rates", () => {
  test.each(ACTIVITIES)("%s: a burst passes, then what the rate gives", (activity) => {
    const { conduct, pass } = bench();
    const { burst, perSecond } = RATES[activity].peer;
    expect(admitted(conduct, "a", activity, burst + 10)).toBe(burst);
    pass(1_000);
    expect(admitted(conduct, "a", activity, perSecond + 10)).toBe(perSecond);
  });

  test("one peer's flood does not use up another's share", () => {
    const { conduct } = bench();
    admitted(conduct, "a", "question", 10_000);
    expect(conduct.admit("b", "question", 100)).toBe(true);
  });

  test("a flood of many identities is held by the limit of all, and nobody is scored down for others", () => {
    const { conduct } = bench();
    const { all } = RATES.question;
    let count = 0;
    for (let peer = 0; peer < all.burst * 2; peer++) if (conduct.admit(`p${peer}`, "question", 0)) count++;
    expect(count).toBe(all.burst);
    expect(conduct.admit("honest", "question", 0)).toBe(false);
    expect(conduct.score("honest")).toBe(0);
  });

  test("bytes count too", () => {
    const { conduct } = bench();
    expect(admitted(conduct, "a", "envelope", 100, BYTE_RATES.peer.burst / 10)).toBe(10);
  });

  test("never more in any span of time than burst and rate allow, whatever the clock does", () => {
    const steps = fc.array(
      fc.record({ ms: fc.integer({ min: -5_000, max: 5_000 }), times: fc.nat(200), peer: fc.constantFrom("a", "b") }),
      { maxLength: 40 },
    );
    const property = fc.property(steps, fc.constantFrom(...ACTIVITIES), (run, activity) => {
      const { conduct, pass } = bench();
      const { burst, perSecond } = RATES[activity].peer;
      const got = new Map<string, number>();
      let forward = 0;
      for (const { ms, peer, times } of run) {
        pass(ms);
        forward += Math.abs(ms);
        got.set(peer, (got.get(peer) ?? 0) + admitted(conduct, peer, activity, times));
      }
      for (const count of got.values()) expect(count).toBeLessThanOrEqual(burst + (perSecond * forward) / 1_000);
    });
    fc.assert(property, { seed: 0xc0d, numRuns: 100 });
  });
});

describe("delays", () => {
  test.each(ACTIVITIES)("%s: nothing is admitted sooner than was said, and all is then", (activity) => {
    const { conduct, pass } = bench();
    admitted(conduct, "a", activity, RATES[activity].peer.burst);
    const delay = conduct.delayMs("a", activity, 0);
    expect(delay).toBeGreaterThan(0);
    pass(delay - 1);
    expect(conduct.delayMs("a", activity, 0)).toBe(1);
    pass(1);
    expect(conduct.delayMs("a", activity, 0)).toBe(0);
    expect(conduct.admit("a", activity, 0)).toBe(true);
  });

  test("the budget of all counts, and asking costs nothing", () => {
    const { conduct } = bench();
    for (let peer = 0; peer < RATES.question.all.burst; peer++) conduct.admit(`p${peer}`, "question", 0);
    expect(conduct.delayMs("b", "question", 0)).toBeGreaterThan(0);
    expect(conduct.score("b")).toBe(0);
  });
});

describe("scores", () => {
  test.each(Object.entries(OFFENCE_SCORES) as [Offence, number][])("%s costs what it costs", (offence, cost) => {
    const { conduct } = bench();
    conduct.note("a", offence);
    expect(conduct.score("a")).toBe(cost);
    expect(conduct.refused("a")).toBe(cost < scoreThresholds.graylist);
  });

  test("a score is forgotten", () => {
    const { conduct, pass } = bench();
    conduct.note("a", "timeout");
    pass(SCORE_DECAY_MS);
    expect(conduct.score("a")).toBeCloseTo(OFFENCE_SCORES.timeout / 100);
  });

  test("a thousand messages too many in a second are one flood; who goes on is refused", () => {
    const { conduct, pass, refused } = bench();
    const flood = (): number => admitted(conduct, "a", "gossip", 1_000);
    flood();
    expect(conduct.score("a")).toBe(OFFENCE_SCORES.flood);
    for (let i = 0; i < 3; i++) {
      pass(1_000);
      flood();
    }
    expect(refused).toEqual(["a"]);
    expect(flood()).toBe(0);
  });

  test("a refused peer is told of once, and welcome again after its time", () => {
    const { conduct, pass, refused } = bench();
    for (let i = 0; i < 5; i++) conduct.note("a", "malformed");
    expect(refused).toEqual(["a"]);
    expect(conduct.refusedCount).toBe(1);
    pass(REFUSAL_MS - 1);
    expect(conduct.refused("a")).toBe(true);
    pass(1);
    expect(conduct.refused("a")).toBe(false);
    expect(conduct.refusedCount).toBe(0);
    expect(conduct.admit("a", "envelope", 1)).toBe(true);
  });

  test("whoever comes with many names makes nobody forget who is refused", () => {
    const { conduct } = bench();
    conduct.note("a", "malformed");
    for (let i = 0; i < PEERS_REMEMBERED_MAX + 1; i++) conduct.note(`p${i}`, "timeout");
    expect(conduct.refused("a")).toBe(true);
  });
});
