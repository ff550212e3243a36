import fc from "fast-check";
import { expect, test } from "vitest";
import { parseReply, parseRequest, type Reply, replyLine } from "./protocol.ts";
import { ServiceError } from "./service-error.ts";
import { checkParams, kindOf } from "./validation.ts";

test("any line is a request, a reply or neither, and never an exception", () => {
  const lines = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ id: fc.anything(), method: fc.anything(), params: fc.anything() }).map((value) => {
      try {
        return JSON.stringify(value) ?? "";
      } catch {
        return "";
      }
    }),
  );
  fc.assert(
    fc.property(lines, (line) => {
      const request = parseRequest(line);
      if (request !== undefined) expect(Number.isSafeInteger(request.id) && request.id >= 0).toBe(true);
      parseReply(line);
    }),
  );
});

test.each([
  ['{"id":1,"method":"id","params":{}}', { kind: "request", id: 1, method: "id", params: {} }],
  ['{"id":1,"method":"id"}', { kind: "request", id: 1, method: "id", params: {} }],
  ['{"id":1,"cancel":true}', { kind: "cancel", id: 1 }],
  ['{"id":-1,"cancel":true}', undefined],
  ['{"id":1.5,"method":"id"}', undefined],
  ['{"id":1,"method":"id","more":1}', undefined],
  [`{"id":1,"method":"${"m".repeat(65)}"}`, undefined],
  ["[".repeat(100_000), undefined],
  ["null", undefined],
])("%.40s", (line, request) => {
  expect(parseRequest(line)).toEqual(request);
});

test("a reply reads back as it was", () => {
  const replies: Reply[] = [
    { kind: "result", id: 1, value: { a: ["b"] } },
    { kind: "item", id: 2, value: 3 },
    { kind: "end", id: 4 },
    { kind: "error", id: 5, error: new ServiceError("service/offline", "why") },
  ];
  for (const reply of replies) expect(parseReply(replyLine(reply).trimEnd())).toEqual(reply);
});

test("parameters are what a method takes, or refused by name", () => {
  expect(checkParams("send", { contact: "bob", body: "aGk=", wait: false })).toMatchObject({ contact: "bob" });
  const refused: [() => unknown, string][] = [
    [() => checkParams("send", { contact: "bob", body: "not base64!", wait: false }), "body"],
    [() => checkParams("send", { contact: "", body: "", wait: false }), "contact"],
    [() => checkParams("send", { contact: "bob", body: Buffer.alloc(60_001).toString("base64"), wait: true }), "body"],
    [() => checkParams("messages", { all: true, follow: false, limit: 0 }), "limit"],
    [() => checkParams("identity", { more: 1 }), "identity"],
  ];
  for (const [act, named] of refused) expect(act).toThrow(named);
  expect(["identity", "send", "hello", "constructor", "__proto__"].map(kindOf)).toEqual([
    "call",
    "stream",
    undefined,
    undefined,
    undefined,
  ]);
});

test("no parameters that one could send are anything but taken or refused", () => {
  const methods = fc.constantFrom("send", "messages", "contact.add", "seen", "export", "label.claim", "contact.verify");
  fc.assert(
    fc.property(methods, fc.anything({ withNullPrototype: true }), (method, params) => {
      try {
        checkParams(method as "seen", params);
      } catch (failure) {
        expect(failure).toBeInstanceOf(ServiceError);
      }
    }),
  );
});
