import { describe, expect, test } from "vitest";
import { Attention, NOTICES_MAX } from "./attention.ts";
import type { Cell } from "./cell.ts";
import type { NoticeDraft } from "./notices.ts";

function memoryCell(): Cell & { contents: Uint8Array | undefined } {
  return {
    contents: undefined,
    read() {
      return this.contents;
    },
    write(contents) {
      this.contents = contents.slice();
    },
  };
}

function draft(key: string, once = false): NoticeDraft {
  return { topic: "contact.unknown", grave: false, text: `about ${key}`, key, once, quietMs: 0 };
}

describe("what was read", () => {
  test("is told apart by contact, and survives a restart", () => {
    const cell = memoryCell();
    const attention = new Attention(cell);
    attention.readTo(5);
    attention.readTo(9, "bob");
    for (const each of [attention, new Attention(cell)]) {
      expect([each.isRead(5, "ann"), each.isRead(6, "ann"), each.isRead(9, "bob"), each.isRead(10, "bob")]).toEqual([
        true,
        false,
        true,
        false,
      ]);
      expect(each.row).toBe(5);
    }
    attention.readTo(4);
    expect(attention.isRead(5, "ann")).toBe(true);
    attention.readTo(8);
    expect([attention.isRead(9, "bob"), attention.isRead(9, "ann")]).toEqual([true, false]);
  });
});

describe("notices", () => {
  test("wait until they are seen, the later of one matter in the place of the earlier", () => {
    const cell = memoryCell();
    const attention = new Attention(cell);
    attention.notify(draft("a"), 1);
    attention.notify(draft("b"), 2);
    attention.notify(draft("a"), 3);
    expect(new Attention(cell).notices.map(({ at, key }) => [key, at])).toEqual([
      ["b", 2],
      ["a", 3],
    ]);
    const [first] = attention.notices;
    attention.seeTo(first?.id ?? 0);
    expect(new Attention(cell).notices.map(({ key }) => key)).toEqual(["a"]);
    attention.withdraw("a");
    expect(new Attention(cell).notices).toEqual([]);
  });

  test("that are told once for good are not told again by a restart", () => {
    const cell = memoryCell();
    const attention = new Attention(cell);
    expect(attention.notify(draft("c", true), 1)).toBe(true);
    attention.seeTo(1_000);
    expect(new Attention(cell).notify(draft("c", true), 2)).toBe(false);
    expect(attention.notices).toEqual([]);
  });

  test("that anybody can cause are not written down again and again", () => {
    const cell = memoryCell();
    const attention = new Attention(cell);
    const quiet = { ...draft("u"), quietMs: 100 };
    expect([0, 50, 99, 100, 150].map((at) => attention.notify(quiet, at))).toEqual([true, false, false, true, false]);
    attention.seeTo(1_000);
    expect(attention.notify(quiet, 160)).toBe(true);
  });

  test("are bounded", () => {
    const attention = new Attention(memoryCell());
    for (let i = 0; i < NOTICES_MAX + 10; i++) attention.notify(draft(`n${i}`), i);
    expect(attention.notices).toHaveLength(NOTICES_MAX);
    expect(attention.notices[0]?.key).toBe("n10");
  });
});
