import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MessageItem } from "../../control/index.ts";
import { messageJson, messageLines, noticeLines, printable, printableName } from "./output.ts";

const MESSAGE: MessageItem = {
  kind: "message",
  row: 1,
  direction: "in",
  contact: "bob",
  account: "a".repeat(64),
  body: Buffer.from("hello\nthere").toString("base64"),
  at: new Date(2026, 0, 31, 23, 59).getTime(),
  state: "received",
  provisional: false,
};

describe("what others wrote", () => {
  test("moves no cursor, changes no colour, and turns no writing", () => {
    expect(printable("a\x1b[31mb\x07c\x9bd\u202ee\u2066f\r\ng\th")).toBe(
      "a\\u001b[31mb\\u0007c\\u009bd\\u202ee\\u2066f\\u000d\ng\th",
    );
    // Joiners belong to writing: without them words of some scripts, and some pictures, fall apart.
    for (const text of ["👩\u200d🔬", "नमस्ते", "می\u200cخواهم", "schön", "日本"]) expect(printable(text)).toBe(text);
    expect(printableName("a\nb\tc")).toBe("a b c");
  });

  test("whatever it is, shows no control character but the end of a line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // eslint-disable-next-line no-control-regex
        expect(printable(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
        const lines = messageLines({ ...MESSAGE, contact: text, body: Buffer.from(text).toString("base64") });
        // eslint-disable-next-line no-control-regex
        expect(lines).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
      }),
    );
  });
});

test("messages and notices, for people", () => {
  expect(messageLines(MESSAGE)).toBe("2026-01-31 23:59  bob: hello\n    there");
  expect(messageLines({ ...MESSAGE, provisional: true })).toMatch(/\n {4}there {2}\(author not proven yet\)$/u);
  expect(messageLines({ ...MESSAGE, direction: "out", state: "queued", body: "aGk=" })).toBe(
    "2026-01-31 23:59  to bob: hi  (waiting)",
  );
  expect(messageLines({ ...MESSAGE, body: Buffer.from([0xff, 0xfe]).toString("base64") })).toContain(
    "(2 bytes that are no text)",
  );
  const notice = { kind: "notice", id: 1, at: MESSAGE.at, topic: "x", grave: true, text: "Look\x1b." } as const;
  expect(noticeLines(notice)).toBe("! 2026-01-31 23:59  Look\\u001b.");
});

test("and for programs: the text, or the bytes where they are none", () => {
  expect(messageJson(MESSAGE)).toMatchObject({ text: "hello\nthere", contact: "bob", state: "received" });
  const bytes = messageJson({ ...MESSAGE, body: "//4=" });
  expect(bytes).toMatchObject({ base64: "//4=" });
  expect(bytes).not.toHaveProperty("text");
});
