import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { EngineEvent } from "../../core/node/index.ts";
import { failureFields, logEvent, openLog } from "./log.ts";

async function recorder(forPeople = false) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, log: await openLog("debug", stream, forPeople) };
}

const SECRET = "5ec4e7".repeat(10);
/** One of every kind, with the same words wherever a person could be told by them. */
const events: readonly EngineEvent[] = [
  {
    kind: "message",
    id: SECRET,
    contact: SECRET,
    device: SECRET,
    seq: 1,
    body: Buffer.from(SECRET),
    assurance: "confirmed",
  },
  { kind: "message.confirmed", id: SECRET, contact: SECRET, device: SECRET },
  { kind: "delivered", contact: SECRET, device: SECRET, token: 1 },
  { kind: "undelivered", contact: SECRET, device: SECRET, token: 1 },
  { kind: "queued", contact: SECRET, token: 1 },
  { kind: "contact.added", contact: SECRET, name: SECRET, trust: "card" },
  { kind: "contact.key-changed", contact: SECRET, name: SECRET, claimed: SECRET },
  { kind: "contact.unknown", account: SECRET },
  { kind: "contact.unvouched", contact: SECRET, reason: "stale" },
  { kind: "device.added", contact: SECRET, device: SECRET },
  { kind: "session.confirmed", contact: SECRET, device: SECRET },
  { kind: "session.ended", contact: SECRET, device: SECRET, reason: "bounds" },
  { kind: "log.recovered", status: "damaged", records: 3 },
  {
    kind: "label.found",
    label: SECRET,
    token: 1,
    account: SECRET,
    version: 1,
    card: Buffer.from(SECRET),
    agreed: [SECRET],
  },
  { kind: "label.absent", label: SECRET, token: 1, logs: [SECRET] },
  { kind: "label.disagreed", label: SECRET, token: 1, answers: [{ log: SECRET, account: SECRET }] },
  { kind: "label.unresolved", label: SECRET, token: 1, failures: [{ log: SECRET, code: SECRET }] },
  { kind: "label.registered", log: SECRET, label: SECRET, version: 1, epoch: 1 },
  { kind: "label.refused", log: SECRET, label: SECRET, code: "directory/busy" },
  { kind: "label.released", log: SECRET, label: SECRET, transfer: Buffer.from(SECRET) },
  { kind: "label.passed", log: SECRET, label: SECRET, to: SECRET },
  { kind: "label.alarm", log: SECRET, label: SECRET, code: "label/foreign" },
  { kind: "label.unwatched", log: SECRET, label: SECRET },
  { kind: "directory.head", log: SECRET, epoch: 1, hash: SECRET },
  { kind: "directory.convicted", log: SECRET, epoch: 1, contacts: [SECRET] },
  { kind: "directory.frozen", log: SECRET, reason: "stalled" },
  { kind: "directory.thawed", log: SECRET },
  { kind: "directory.invalid-epoch", log: SECRET, epoch: 1, code: "vkd/tree-root" },
  { kind: "directory.published", log: SECRET, epoch: 1, changes: 2 },
  { kind: "role.suspended", role: "witness" },
  { kind: "refused", code: "node/not-an-envelope" },
  { kind: "command.refused", command: "send", code: "command/outbox-full", token: 5 },
];

describe("a log", () => {
  test("tells every event, and nobody by it", async () => {
    const { lines, log } = await recorder();
    for (const event of events) logEvent(log, event);
    expect(lines).toHaveLength(events.length);
    expect(lines.join("")).not.toMatch(/5ec4e7|token/u);
    for (const line of lines) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      expect(Object.keys(entry).slice(0, 2)).toEqual(["level", "time"]);
      expect(entry["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/u);
      expect(Object.keys(entry)).not.toContain("hostname");
    }
    expect(lines.filter((line) => line.includes("directory/busy"))).toHaveLength(1);
  });

  test("tells a failure by its kind and place, not by its message", async () => {
    const { lines, log } = await recorder();
    const cause = Object.assign(new Error(SECRET), { code: "ENOSPC" });
    const failure = Object.assign(new TypeError(`dialling /ip4/192.0.2.1/p2p/${SECRET}`, { cause }), { code: "ERR_X" });
    log.write("error", "bug", failureFields(failure));
    log.write("error", "bug", failureFields(SECRET));
    expect(lines.join("")).not.toMatch(/5ec4e7|192\.0\.2/u);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ error: "TypeError", code: "ERR_X", cause: "ENOSPC" });
    expect(lines[0]).toContain("log.test.ts");
  });

  test("is a short line where somebody watches", async () => {
    const { lines, log } = await recorder(true);
    log.write("info", "the node runs", { roles: "mirror" });
    expect(lines.join("")).toMatch(/^\d\d:\d\d:\d\d {2}info {3}the node runs {2}roles=mirror\n$/u);
  });
});
