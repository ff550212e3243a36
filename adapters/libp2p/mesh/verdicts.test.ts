import fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "../../../core/node/index.ts";
import { GOSSIP_VERDICT_MS, PENDING_VERDICTS_MAX, Verdicts } from "./verdicts.ts";

/** Verdicts in virtual time. */
class Court {
  now = 0;
  timers: { readonly at: number; readonly callback: () => void }[] = [];
  readonly said: [string, string][] = [];
  readonly clock: Clock = {
    now: () => this.now,
    at: (at, callback) => {
      const timer = { at, callback };
      this.timers.push(timer);
      return () => (this.timers = this.timers.filter((other) => other !== timer));
    },
  };
  readonly verdicts: Verdicts = new Verdicts(this.clock, ({ id }, verdict) => this.said.push([id, verdict]));

  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.callback();
    }
    this.now = until;
  }
}

test("what the engine passes on in time is accepted, all else ignored when its time is over", () => {
  const { said, verdicts } = new Court();
  const court = new Court();
  court.verdicts.await({ id: "1", source: "a" }, "head");
  court.pass(GOSSIP_VERDICT_MS - 1);
  court.verdicts.await({ id: "2", source: "a" }, "other");
  expect(court.verdicts.accept("head")).toBe(true);
  expect(court.said).toEqual([["1", "accept"]]);
  court.pass(GOSSIP_VERDICT_MS);
  expect(court.said).toEqual([
    ["1", "accept"],
    ["2", "ignore"],
  ]);
  expect(court.verdicts.accept("other")).toBe(false);
  expect(verdicts.accept("never seen")).toBe(false);
  expect(said).toEqual([]);
});

test("of one content in several messages, the first travels on", () => {
  const court = new Court();
  for (const id of ["1", "2", "3"]) court.verdicts.await({ id, source: id }, "head");
  court.verdicts.accept("head");
  expect(court.said).toEqual([
    ["1", "accept"],
    ["2", "ignore"],
    ["3", "ignore"],
  ]);
});

test("a bounded number waits, and nothing after a stop", () => {
  const court = new Court();
  for (let i = 0; i <= PENDING_VERDICTS_MAX; i++) court.verdicts.await({ id: `${i}`, source: "a" }, `${i}`);
  expect(court.said).toEqual([["0", "ignore"]]);
  court.verdicts.stop();
  expect(court.said).toHaveLength(PENDING_VERDICTS_MAX + 1);
  expect(court.timers).toEqual([]);
});

test("a clock that is set back keeps nothing waiting", () => {
  const court = new Court();
  court.now = 1_000_000;
  court.verdicts.await({ id: "1", source: "a" }, "head");
  court.now = 0;
  court.verdicts.await({ id: "2", source: "a" }, "other");
  // The timer counts on, whatever the clock says.
  court.timers[0]?.callback();
  expect(court.said).toEqual([["1", "ignore"]]);
});

test("each delivery gets one verdict, never later than its time, with one timer", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("await" as const), content: fc.nat(4) }),
    fc.record({ kind: fc.constant("accept" as const), content: fc.nat(4) }),
    fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(2_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const court = new Court();
      let next = 0;
      for (const each of steps) {
        if (each.kind === "await") court.verdicts.await({ id: `${next++}`, source: "a" }, `${each.content}`);
        else if (each.kind === "accept") court.verdicts.accept(`${each.content}`);
        else court.pass(each.ms);
        expect(court.timers.length).toBeLessThanOrEqual(1);
      }
      court.pass(GOSSIP_VERDICT_MS);
      const ids = court.said.map(([id]) => Number(id)).toSorted((a, b) => a - b);
      expect(ids).toEqual([...Array(next).keys()]);
    }),
    { seed: 1 },
  );
});
