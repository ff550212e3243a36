import fc from "fast-check";
import { expect, test } from "vitest";
import { PeerTurns } from "./peer-turns.ts";

const SEED = 1;

function waiting(): { task: () => Promise<void>; end: () => Promise<void>; started: () => boolean } {
  let end = (): void => {};
  let started = false;
  const done = new Promise<void>((resolve) => (end = resolve));
  return {
    task: () => {
      started = true;
      return done;
    },
    end: async () => {
      end();
      await new Promise(setImmediate);
    },
    started: () => started,
  };
}

test("a peer's tasks wait for its own, not for those of others", async () => {
  const turns = new PeerTurns(1, 2, 10);
  const [first, second, other] = [waiting(), waiting(), waiting()];
  turns.take("silent", first.task);
  turns.take("silent", second.task);
  turns.take("other", other.task);
  expect([first, second, other].map(({ started }) => started())).toEqual([true, false, true]);
  await first.end();
  expect(second.started()).toBe(true);
});

test("beyond what may wait, of one peer or of all, a task never runs; what has ended makes room", async () => {
  const turns = new PeerTurns(1, 1, 3);
  const running = waiting();
  const take = (peer: string, { task } = waiting()): boolean => turns.take(peer, task);
  expect([take("a", running), take("a"), take("a"), take("b"), take("c")]).toEqual([true, true, false, true, false]);
  await running.end();
  expect([take("c"), take("d")]).toEqual([true, false]);
});

test("a task that fails ends like any other", async () => {
  const turns = new PeerTurns(1, 1, 1);
  let failed = false;
  turns.take("a", () => {
    failed = true;
    return Promise.reject(new Error("failed")).catch(() => {});
  });
  await new Promise(setImmediate);
  expect([failed, turns.take("b", waiting().task)]).toEqual([true, true]);
});

test("never more at once than allowed, and all that was taken runs, in any order of taking and ending", async () => {
  const step = fc.oneof(fc.record({ peer: fc.constantFrom("a", "b", "c") }), fc.record({ end: fc.nat(20) }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const turns = new PeerTurns(2, 3, 8);
      const tasks: { peer: string; started: () => boolean; end: () => Promise<void>; ended: boolean }[] = [];
      for (const each of steps) {
        if ("peer" in each) {
          const { task, ...rest } = waiting();
          if (turns.take(each.peer, task)) tasks.push({ peer: each.peer, ...rest, ended: false });
        } else {
          const running = tasks.filter(({ ended, started }) => started() && !ended);
          const chosen = running[each.end % Math.max(running.length, 1)];
          if (chosen === undefined) continue;
          chosen.ended = true;
          await chosen.end();
        }
        const open = tasks.filter(({ ended }) => !ended);
        expect(open.length).toBeLessThanOrEqual(8);
        for (const peer of ["a", "b", "c"]) {
          const own = open.filter((task) => task.peer === peer);
          expect(own.filter(({ started }) => started()).length).toBe(Math.min(own.length, 2));
        }
      }
    }),
    { seed: SEED },
  );
});
