import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { History, HISTORY_BODY_BYTES_MAX, HISTORY_LIST_MAX, type HistoryEntry, type SendState } from "./index.ts";

const SEED = 17;
const keyOf = (mark: number): Secret => new Secret(new Uint8Array(32).fill(mark));
const KEY = keyOf(1);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const failing = (code: string): unknown => expect.objectContaining({ name: "StorageFailed", code });

let directory: string;
let history: History;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "chhaya-history-")), "history");
  history = History.open(directory, KEY);
});
afterEach(async () => {
  await history.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

async function reopen(): Promise<void> {
  await history.close();
  history = History.open(directory, KEY);
}

/** With the file to oneself, as whoever has the disk. */
async function tamper(change: (database: DatabaseSync) => void): Promise<void> {
  await history.close();
  const database = new DatabaseSync(join(directory, "history.sqlite"));
  change(database);
  database.close();
  history = History.open(directory, KEY);
}

const received = (id: string, contact = "alice", provisional = false): boolean =>
  history.receive({ id, contact, body: bytesOf(`body of ${id}`), at: 1_000, provisional });
const rowsOf = (entries: readonly HistoryEntry[]): number[] => entries.map(({ row }) => row);

describe("what was received", () => {
  test("is there exactly once, also after a restart", async () => {
    expect(received("m1")).toBe(true);
    expect(received("m1")).toBe(false);
    expect(received("m1", "bob")).toBe(false);
    await reopen();
    expect(received("m1")).toBe(false);
    expect(received("m2")).toBe(true);
    expect(history.list({ limit: 10 })).toEqual([
      {
        row: 1,
        direction: "in",
        id: "m1",
        contact: "alice",
        body: bytesOf("body of m1"),
        at: 1_000,
        state: "received",
        stateAt: 1_000,
        provisional: false,
      },
      {
        row: 2,
        direction: "in",
        id: "m2",
        contact: "alice",
        body: bytesOf("body of m2"),
        at: 1_000,
        state: "received",
        stateAt: 1_000,
        provisional: false,
      },
    ]);
  });

  test("is provisional until it is confirmed", async () => {
    received("m1", "alice", true);
    received("m2", "alice", true);
    const provisional = (): boolean[] => history.list({ limit: 9 }).map((entry) => entry.provisional);
    expect(provisional()).toEqual([true, true]);
    history.confirmProvisional("m2");
    history.confirmProvisional("unknown");
    expect(provisional()).toEqual([true, false]);
    await reopen();
    expect(provisional()).toEqual([true, false]);
  });
});

describe("what is sent", () => {
  test("has a token of its own, and goes on from offered to queued to delivered", async () => {
    const first = history.offer("alice", bytesOf("one"), 5);
    await reopen();
    const second = history.offer("bob", bytesOf("two"), 6);
    expect(second).toBeGreaterThan(first);
    expect(history.unsettled()).toEqual([
      { token: first, contact: "alice", body: bytesOf("one"), state: "offered" },
      { token: second, contact: "bob", body: bytesOf("two"), state: "offered" },
    ]);
    history.mark(first, "queued", 7);
    history.mark(second, "delivered", 8);
    await reopen();
    expect(history.unsettled()).toEqual([{ token: first, contact: "alice", body: bytesOf("one"), state: "queued" }]);
    expect(history.list({ limit: 9 })).toEqual([
      {
        row: 1,
        direction: "out",
        token: first,
        contact: "alice",
        body: bytesOf("one"),
        at: 5,
        state: "queued",
        stateAt: 7,
        provisional: false,
      },
      {
        row: 2,
        direction: "out",
        token: second,
        contact: "bob",
        body: bytesOf("two"),
        at: 6,
        state: "delivered",
        stateAt: 8,
        provisional: false,
      },
    ]);
  });

  test.each<[SendState[], SendState]>([
    [["queued", "delivered", "failed"], "delivered"],
    [["queued", "failed", "delivered"], "delivered"],
    [["failed", "queued"], "failed"],
    [["delivered", "queued"], "delivered"],
  ])("marked %s it is %s: one device is enough, and nothing goes back", (marks, state) => {
    const token = history.offer("alice", bytesOf("x"), 1);
    for (const mark of marks) if (mark !== "offered") history.mark(token, mark, 2);
    expect(history.list({ limit: 1 })[0]?.state).toBe(state);
    history.mark(token + 1, "delivered", 3);
    expect(history.list({ limit: 9 })).toHaveLength(1);
  });

  test("unsettled is given in pages, by token", () => {
    const tokens = [1, 2, 3].map((at) => history.offer("alice", bytesOf("x"), at));
    history.mark(tokens[1] as number, "delivered", 4);
    expect(history.unsettled(tokens[0]).map(({ token }) => token)).toEqual([tokens[2]]);
  });
});

test("any course of receiving, sending and restarting is listed as it was, by any query", async () => {
  const contact = fc.constantFrom("alice", "bob", "carol");
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("receive" as const),
      id: fc.nat(12),
      contact,
      body: fc.uint8Array({ maxLength: 40 }),
    }),
    fc.record({ kind: fc.constant("offer" as const), contact, body: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({
      kind: fc.constant("mark" as const),
      token: fc.nat(8),
      state: fc.constantFrom("queued" as const, "delivered" as const, "failed" as const),
    }),
    fc.constant({ kind: "restart" as const }),
  );
  const query = fc.record(
    { contact, after: fc.nat(15), before: fc.nat(20), newest: fc.boolean(), limit: fc.integer({ min: 1, max: 6 }) },
    { requiredKeys: ["limit"] },
  );
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 25 }),
    fc.array(query, { maxLength: 4 }),
    async (steps, queries) => {
      await history.close();
      rmSync(directory, { recursive: true });
      history = History.open(directory, KEY);
      const said: { direction: string; name: string; contact: string; body: Uint8Array; state: string }[] = [];
      const rank = ["offered", "queued", "failed", "delivered"];
      for (const [at, taken] of steps.entries()) {
        if (taken.kind === "restart") await reopen();
        else if (taken.kind === "receive") {
          const { body, id, contact: from } = taken;
          const isNew = !said.some(({ direction, name }) => direction === "in" && name === `${id}`);
          expect(history.receive({ id: `${id}`, contact: from, body, at, provisional: false })).toBe(isNew);
          if (isNew) said.push({ direction: "in", name: `${id}`, contact: from, body, state: "received" });
        } else if (taken.kind === "offer") {
          const token = history.offer(taken.contact, taken.body, at);
          said.push({ direction: "out", name: `${token}`, contact: taken.contact, body: taken.body, state: "offered" });
        } else {
          history.mark(taken.token, taken.state, at);
          const entry = said.find(({ direction, name }) => direction === "out" && name === `${taken.token}`);
          if (entry !== undefined && rank.indexOf(taken.state) > rank.indexOf(entry.state)) entry.state = taken.state;
        }
      }
      const rows = said.map((entry, at) => ({ row: at + 1, ...entry }));
      for (const asked of [...queries, { limit: HISTORY_LIST_MAX }]) {
        const { after = 0, before = 99, contact: of, limit, newest = false } = asked;
        const fit = rows.filter(({ contact: c, row }) => row > after && row < before && (of === undefined || c === of));
        const found = history.list(asked).map(({ body, contact: c, direction, id, row, state, token }) => ({
          row,
          direction,
          name: id ?? `${token}`,
          contact: c,
          body,
          state,
        }));
        expect(found).toEqual(newest ? fit.slice(-limit) : fit.slice(0, limit));
      }
      const open = said.filter(({ state }) => state === "offered" || state === "queued");
      expect(history.unsettled().map(({ token }) => `${token}`)).toEqual(open.map(({ name }) => name));
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 40 });
});

describe("bounds", () => {
  test.each([0, -1, 1.5, Number.NaN, HISTORY_LIST_MAX + 1])("a list of %s is a bug", (limit) => {
    expect(() => history.list({ limit })).toThrow("limit out of range");
  });

  test("the longest body is kept, a longer one is a bug", () => {
    const body = new Uint8Array(HISTORY_BODY_BYTES_MAX).fill(3);
    history.receive({ id: "m", contact: "alice", body, at: 1, provisional: false });
    expect(history.list({ limit: 1 })[0]?.body).toEqual(body);
    const longer = new Uint8Array(HISTORY_BODY_BYTES_MAX + 1);
    expect(() => history.receive({ id: "n", contact: "alice", body: longer, at: 1, provisional: false })).toThrow(
      failing("storage/write-failed"),
    );
  });
});

describe("at rest", () => {
  test("nothing of what was said, by whom or when is readable, and equal messages differ", async () => {
    for (const id of ["id-1", "id-2", "id-3"]) {
      history.receive({
        id,
        contact: "contact-name",
        body: bytesOf("a body to be hidden"),
        at: 0x123456789a,
        provisional: true,
      });
      history.offer("contact-name", bytesOf("a body to be hidden"), 0x123456789a);
    }
    await reopen();
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
    for (const file of files) {
      for (const text of ["hidden", "contact-name", "id-2"]) expect(file.indexOf(text)).toBe(-1);
      expect(file.indexOf(Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0x9a))).toBe(-1);
    }
    const cells: string[] = [];
    await tamper((database) => {
      for (const row of database.prepare("SELECT status, content FROM messages").all()) {
        for (const cell of Object.values(row)) {
          const hex = Buffer.from(cell as Uint8Array).toString("hex");
          cells.push(...(hex.match(/.{16}/gu) ?? []));
        }
      }
    });
    expect(cells.length).toBeGreaterThan(60);
    expect(new Set(cells).size).toBe(cells.length);
    expect(statSync(join(directory, "history.sqlite")).mode & 0o777).toBe(0o600);
  });

  test("a status that is written again has another key", async () => {
    const token = history.offer("alice", bytesOf("x"), 1);
    const statuses: string[] = [];
    for (const state of ["queued", "failed", "delivered"] as const) {
      history.mark(token, state, 1);
      await tamper((database) => {
        const { status } = database.prepare("SELECT status FROM messages").get() as { status: Uint8Array };
        statuses.push(Buffer.from(status).toString("hex", 0, 32));
      });
    }
    expect(new Set(statuses).size).toBe(3);
  });

  test("a row that was altered, or stands in another's place, is damaged and leaves the others", async () => {
    for (const id of ["a", "b", "c", "d"]) received(id);
    await tamper((database) => {
      database.exec("UPDATE messages SET content = (SELECT content FROM messages WHERE row = 1) WHERE row = 2");
      database.exec("UPDATE messages SET status = content WHERE row = 3");
    });
    expect(history.list({ limit: 9 }).map(({ id, state }) => [id, state])).toEqual([
      ["a", "received"],
      [undefined, "damaged"],
      [undefined, "damaged"],
      ["d", "received"],
    ]);
    expect(() => history.confirmProvisional("c")).not.toThrow();
  });

  test("a damaged outgoing row is not handed out to be sent", async () => {
    const token = history.offer("alice", bytesOf("x"), 1);
    const whole = history.offer("alice", bytesOf("y"), 1);
    await tamper((database) => database.exec(`UPDATE messages SET content = zeroblob(99) WHERE token = ${token}`));
    expect(history.unsettled().map((entry) => entry.token)).toEqual([whole]);
  });

  test("another key is refused as such, before anything is changed", async () => {
    received("m");
    await history.close();
    const before = readFileSync(join(directory, "history.sqlite"));
    expect(() => History.open(directory, keyOf(2))).toThrow(failing("storage/key-wrong"));
    expect(readFileSync(join(directory, "history.sqlite"))).toEqual(before);
    await reopen();
    expect(received("m")).toBe(false);
  });

  test("a seal that was altered is damage, and not taken for another key", async () => {
    await expect(tamper((database) => database.exec("UPDATE seal SET header = zeroblob(56)"))).rejects.toEqual(
      failing("storage/damaged"),
    );
  });
});

test("a second one of a directory is refused while the first is open, and nothing is written after closing", async () => {
  expect(() => History.open(directory, KEY)).toThrow(expect.objectContaining({ code: "storage/locked" }));
  received("m");
  await history.close();
  await history.close();
  expect(() => received("n")).toThrow(failing("storage/stopped"));
  history = History.open(directory, KEY);
  expect(history.list({ limit: 9 }).map(({ id }) => id)).toEqual(["m"]);
});

test("a failed write is said to have failed, and is the last", async () => {
  await tamper((database) =>
    database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON messages WHEN new.row = 2 BEGIN SELECT RAISE(ABORT, 'full'); END",
    ),
  );
  expect(received("a")).toBe(true);
  expect(() => received("b")).toThrow(failing("storage/write-failed"));
  expect(() => history.offer("alice", bytesOf("x"), 1)).toThrow(failing("storage/stopped"));
  expect(rowsOf(history.list({ limit: 9 }))).toEqual([1]);
});
