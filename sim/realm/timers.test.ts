import { beforeEach, expect, test } from "vitest";
import { Kernel } from "../kernel/index.ts";
import { virtualTimers, type VirtualTimers } from "./timers.ts";

let kernel: Kernel;
let timers: VirtualTimers;
let seen: string[];

beforeEach(() => {
  kernel = new Kernel();
  timers = virtualTimers(kernel);
  seen = [];
});

function see(what: string): () => void {
  return () => seen.push(`${what} at ${kernel.elapsed}`);
}

/** Turns that a promise's reactions take here, where nothing drains them. */
async function rest(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined;
}

async function runFor(ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    kernel.runUntil(kernel.now + 1);
    await rest();
  }
}

test("timers come by their time, then in the order in which they were set; immediates before all", () => {
  const { setImmediate, setTimeout } = timers;
  setTimeout(see("b"), 2);
  setTimeout(see("a"), 1);
  setTimeout(see("c"), 2);
  setImmediate(see("now"));
  kernel.runUntil(kernel.now + 10);
  expect(seen).toEqual(["now at 0", "a at 1", "b at 2", "c at 2"]);
});

test.each([undefined, 0, -1, Number.NaN, 0.5, "x", 2 ** 31, Infinity])("a delay of %s is one of 1 ms", (ms) => {
  timers.setTimeout(see("x"), ms as number);
  kernel.runUntil(kernel.now + 10);
  expect(seen).toEqual(["x at 1"]);
});

test("a delay is cut to whole milliseconds, and may be text", () => {
  timers.setTimeout(see("x"), 3.9);
  timers.setTimeout(see("y"), "5" as unknown as number);
  kernel.runUntil(kernel.now + 10);
  expect(seen).toEqual(["x at 3", "y at 5"]);
});

test("arguments are handed on; what is no function is refused as Node does", () => {
  timers.setTimeout((...values) => seen.push(values.join()), 1, "a", "b");
  timers.setImmediate((...values) => seen.push(values.join()), "c");
  kernel.runUntil(kernel.now + 1);
  expect(seen).toEqual(["c", "a,b"]);
  for (const set of [timers.setTimeout, timers.setInterval, timers.setImmediate]) {
    expect(() => set("code" as never)).toThrow(expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }));
  }
});

test("an interval comes again after what it set itself, until any clear stops it, and goes on after a throw", () => {
  const timer = timers.setInterval(() => {
    see("tick")();
    timers.setTimeout(see("set in it"), 2);
    if (kernel.elapsed === 2) throw new Error("thrown in an interval");
    if (kernel.elapsed === 6) timers.clearTimeout(timer);
  }, 2);
  expect(() => kernel.runUntil(kernel.now + 20)).toThrow("thrown in an interval");
  kernel.runUntil(kernel.now + 20);
  expect(seen).toEqual([
    ...["tick at 2", "set in it at 4", "tick at 4", "set in it at 6", "tick at 6", "set in it at 8"],
  ]);
});

test("a timer set in another is a later event, an immediate set in an immediate too", () => {
  timers.setImmediate(() => {
    timers.setImmediate(see("inner"));
    see("outer")();
  });
  timers.setImmediate(see("next"));
  kernel.runUntil(kernel.now);
  expect(seen).toEqual(["outer at 0", "next at 0", "inner at 0"]);
});

test("refresh begins anew, also after the timer came, and not after it was cleared", () => {
  const late = timers.setTimeout(see("late"), 5);
  kernel.runUntil(kernel.now + 3);
  expect(late.refresh()).toBe(late);
  kernel.runUntil(kernel.now + 5);
  late.refresh();
  kernel.runUntil(kernel.now + 5);
  timers.clearTimeout(late);
  late.refresh();
  kernel.runUntil(kernel.now + 50);
  expect(seen).toEqual(["late at 8", "late at 13"]);
});

test("a timer refreshed by itself comes once a period", () => {
  const timer = timers.setInterval(() => {
    see("tick")();
    timer.refresh();
  }, 3);
  kernel.runUntil(kernel.now + 7);
  expect(seen).toEqual(["tick at 3", "tick at 6"]);
});

test("a timer can be cleared by its number, as a number or as text, and disposed of", () => {
  const [one, two, three] = [1, 2, 3].map((ms) => timers.setTimeout(see(`${ms}`), ms));
  timers.clearTimeout(Number(one));
  timers.clearInterval(`${two}`);
  {
    using _timer = timers.setTimeout(see("disposed of"), 1);
  }
  for (const nothing of [undefined, null, {}, "x", 99]) timers.clearTimeout(nothing);
  kernel.runUntil(kernel.now + 10);
  expect(seen).toEqual(["3 at 3"]);
  expect(three?.hasRef()).toBe(true);
  expect(three?.unref().hasRef()).toBe(false);
  expect(three?.ref().hasRef()).toBe(true);
});

test("promised timers keep their value, and are refused and stopped by a signal as Node does it", async () => {
  const { promises } = timers;
  const controller = new AbortController();
  const results: unknown[] = [];
  const keep = (promise: Promise<unknown>): void =>
    void promise.then(
      (value) => results.push(value),
      ({ cause, code, name }: Error & { code: string }) => results.push([name, code, cause]),
    );
  keep(promises.setTimeout(2, "value"));
  keep(promises.setImmediate("now"));
  keep(promises.scheduler.wait(3));
  keep(promises.scheduler.yield());
  keep(promises.setTimeout(9, "never", { signal: controller.signal }));
  await runFor(5);
  controller.abort("reason");
  keep(promises.setImmediate("never", { signal: controller.signal }));
  await runFor(10);
  const aborted = ["AbortError", "ABORT_ERR", "reason"];
  expect(results).toEqual(["now", undefined, "value", undefined, aborted, aborted]);
});

test("a promised interval gives what is due, and ends with its loop or its signal", async () => {
  const { promises } = timers;
  const controller = new AbortController();
  const left = (async () => {
    for await (const value of promises.setInterval(2, "tick")) {
      see(value)();
      if (kernel.elapsed >= 4) break;
    }
  })();
  const stopped = (async () => {
    for await (const value of promises.setInterval(3, "tock", { signal: controller.signal })) see(value)();
  })();
  await runFor(7);
  controller.abort();
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  await left;
  await runFor(10);
  expect(seen).toEqual(["tick at 2", "tock at 3", "tick at 4", "tock at 6"]);
});
