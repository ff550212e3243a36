import { describe, expect, test } from "vitest";
import { type Faults, forgotten, judge, type Member, type Row, type Said, type Side } from "./judge.ts";

const NONE: Faults = { lost: 0, doubled: 0, unsaid: 0, misattributed: 0, damaged: 0, unsettled: 0 };
const ACCOUNT: Readonly<Record<Side, string>> = { alice: "aa", bob: "bb" };

interface Scene {
  readonly said: Said[];
  readonly members: Record<Side, Member & { rows: Row[] }>;
}

function row(number: number, direction: "in" | "out", owner: Side, digest: string, more: Partial<Row> = {}): Row {
  const contact = ACCOUNT[owner === "alice" ? "bob" : "alice"];
  const state = direction === "in" ? "received" : "delivered";
  return { row: number, direction, contact, digest, state, provisional: false, ...more };
}

/** Alice said one and two, bob three; four was never acknowledged and never left. */
function scene(): Scene {
  return {
    said: [
      { from: "alice", digest: "one", acknowledged: true },
      { from: "alice", digest: "two", acknowledged: true },
      { from: "bob", digest: "three", acknowledged: true },
      { from: "bob", digest: "four", acknowledged: false },
    ],
    members: {
      alice: {
        account: ACCOUNT.alice,
        rows: [row(1, "out", "alice", "one"), row(2, "out", "alice", "two"), row(3, "in", "alice", "three")],
      },
      bob: {
        account: ACCOUNT.bob,
        rows: [row(1, "in", "bob", "one"), row(2, "in", "bob", "two"), row(3, "out", "bob", "three")],
      },
    },
  };
}

function faultsAfter(change: (scene: Scene) => void, isOver = true): Faults {
  const changed = scene();
  change(changed);
  return judge(changed.said, changed.members, isOver);
}

describe("histories", () => {
  test("that hold what was said are in order, also when something arrived that was not acknowledged", () => {
    expect(faultsAfter(() => {})).toEqual(NONE);
    expect(
      faultsAfter(({ members }) => {
        members.bob.rows.push(row(4, "out", "bob", "four"));
        members.alice.rows.push(row(4, "in", "alice", "four"));
      }),
    ).toEqual(NONE);
  });

  test("a message that is lost is found, but not before everything has had its time", () => {
    const lose = ({ members }: Scene): void => void members.bob.rows.splice(1, 1);
    expect(faultsAfter(lose)).toEqual({ ...NONE, lost: 1 });
    expect(faultsAfter(lose, false)).toEqual(NONE);
  });

  test("a message that is there twice is found", () => {
    const twice = ({ members }: Scene): void => void members.bob.rows.push(row(4, "in", "bob", "two"));
    expect(faultsAfter(twice, false)).toEqual({ ...NONE, doubled: 1 });
  });

  test("an altered message is one that nobody said, and the one that was said is lost", () => {
    const alter = ({ members }: Scene): void => void members.bob.rows.splice(1, 1, row(2, "in", "bob", "altered"));
    expect(faultsAfter(alter)).toEqual({ ...NONE, unsaid: 1, lost: 1 });
  });

  test("one from the wrong contact, or that came back to who said it, is found", () => {
    const stranger = row(1, "in", "bob", "one", { contact: "cc" });
    expect(faultsAfter(({ members }) => void members.bob.rows.splice(0, 1, stranger))).toMatchObject({
      misattributed: 1,
    });
    const echo = row(4, "in", "alice", "one");
    expect(faultsAfter(({ members }) => void members.alice.rows.push(echo))).toMatchObject({ misattributed: 1 });
  });

  test("one that is given up, not delivered or not vouched for at the end is found, and a row that does not open", () => {
    const replace = (side: Side, at: number, more: Partial<Row>) => {
      return ({ members }: Scene): void => {
        members[side].rows[at] = { ...(members[side].rows[at] as Row), ...more };
      };
    };
    for (const state of ["offered", "queued", "failed"])
      expect(faultsAfter(replace("alice", 0, { state }))).toEqual({ ...NONE, unsettled: 1 });
    expect(faultsAfter(replace("bob", 0, { provisional: true }))).toEqual({ ...NONE, unsettled: 1 });
    expect(faultsAfter(replace("bob", 0, { provisional: true }), false)).toEqual(NONE);
    expect(faultsAfter(replace("bob", 0, { state: "damaged", digest: "" }))).toEqual({ ...NONE, damaged: 1, lost: 1 });
  });
});

test("a row that is gone or changed was forgotten, and one that was delivered meanwhile was not", () => {
  const before = [row(1, "out", "alice", "one", { state: "queued" }), row(2, "in", "alice", "three")];
  expect(forgotten(before, [row(1, "out", "alice", "one"), row(2, "in", "alice", "three")])).toBe(0);
  expect(forgotten(before, [row(1, "out", "alice", "one")])).toBe(1);
  expect(forgotten(before, [row(1, "out", "alice", "one"), row(2, "in", "alice", "other")])).toBe(1);
});
