import fc from "fast-check";
import { expect, test } from "vitest";
import { Kernel } from "../kernel/index.ts";
import { CHAPTER_EVENTS } from "./chronicle.ts";
import { compare } from "./compare.ts";
import { type Chapter, Chronicle, describeDivergence, findDivergence } from "./index.ts";

type Act = "note" | "ask" | "cancel" | "draw";

/** A run of as many events as there are acts, each of which does one. */
function play(acts: readonly Act[], capture?: number): Chapter[] {
  const chapters: Chapter[] = [];
  const chronicle = new Chronicle((chapter) => chapters.push(chapter), capture);
  const kernel = new Kernel();
  kernel.observe(chronicle);
  let drawn = 0;
  const source = { bytes: (length: number) => new Uint8Array(length).fill(drawn++), unit: () => 0.5 };
  const draws = chronicle.watched(source, "source");
  const never = kernel.after(1e9, () => {});
  const doing: Readonly<Record<Act, () => void>> = {
    note: () => chronicle.note("note", Uint8Array.of(1, 2, 3, 4, 5)),
    ask: () => void kernel.after(1e9, () => {}),
    cancel: never,
    draw: () => void draws.bytes(5),
  };
  acts.forEach((act, i) => kernel.after(i + 1, () => doing[act]()));
  kernel.runUntil(kernel.now + acts.length + 1);
  chronicle.end();
  return chapters;
}

const acts = fc.array(fc.constantFrom<Act>("note", "ask", "draw"), { minLength: 1, maxLength: 40 });

test("the first act that differs is found at its event, and both are told", async () => {
  await fc.assert(
    fc.asyncProperty(acts, fc.nat(), fc.constantFrom<Act>("note", "ask", "draw", "cancel"), async (all, at, act) => {
      const index = at % all.length;
      const changed = all.with(index, act);
      const divergence = await findDivergence(
        1,
        (_, capture) => play(all, capture),
        (_, capture) => play(changed, capture),
      );
      if (act === all[index]) {
        expect(divergence).toBeUndefined();
        return;
      }
      expect(divergence).toMatchObject({ event: index + 1, repeated: true });
      const [one, two] = divergence?.scenes ?? [];
      expect(one?.atMs).toBe(index + 1);
      expect(one?.observations[0]?.text).toBe(two?.observations[0]?.text);
      expect(one?.observations.at(-1)?.text).not.toBe(two?.observations.at(-1)?.text);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("a run that ends before the other differs where it ended, at the end of a chapter too", async () => {
  for (const length of [3, CHAPTER_EVENTS - 1, CHAPTER_EVENTS]) {
    const [short, long] = [new Array<Act>(length).fill("note"), new Array<Act>(length + 5).fill("note")];
    // As many were asked for: only those that came differ.
    const stopped = (capture?: number): Chapter[] => [...endedAt(play(long, capture), length + 1)];
    const divergence = await findDivergence(
      1,
      (_, capture) => stopped(capture),
      (_, capture) => play(long, capture),
    );
    expect(divergence).toMatchObject({ event: short.length + 1, repeated: true });
    expect(divergence?.scenes[0]).toBeUndefined();
    expect(describeDivergence(divergence as NonNullable<typeof divergence>)).toContain("run 1: nothing more");
  }
});

/** The first `events` of a telling. */
function* endedAt(chapters: readonly Chapter[], events: number): Generator<Chapter> {
  let left = events;
  for (const chapter of chapters) {
    if (!("prints" in chapter) || left <= 0) return;
    yield { prints: chapter.prints.slice(0, left) };
    left -= chapter.prints.length;
  }
}

test("what does not show again is followed, and then told with a warning", async () => {
  let plays = 0;
  // Only the very first run is another.
  const flickering = (_: number, capture?: number): Chapter[] =>
    play(plays++ === 0 ? ["note", "ask", "note"] : ["note", "note", "note"], capture);
  const divergence = await findDivergence(1, flickering);
  expect(divergence).toMatchObject({ event: 2, repeated: false });
  expect(describeDivergence(divergence as NonNullable<typeof divergence>)).toContain("may not be the cause");
});

test("reading ends at the first difference", async () => {
  let read = 0;
  function* endless(first: number): Generator<Chapter> {
    for (;;) {
      read++;
      yield { prints: Uint32Array.of(read < 3 ? 0 : first) };
    }
  }
  const { event } = await compare(endless(1), endless(2));
  expect(event).toBe(1);
  // One piece more of each: it may hold the scene.
  expect(read).toBe(6);
});
