import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { ControlClient } from "./client.ts";
import { OUTPUT_BYTES_MAX, REQUESTS_MAX } from "./connection.ts";
import { LINE_BYTES_MAX } from "./lines.ts";
import { CONNECTIONS_MAX, ControlServer } from "./server.ts";
import { FakeService, IDENTITY, RawClient, socketPath } from "./testing.ts";

interface Desk {
  readonly path: string;
  readonly service: FakeService;
  readonly server: ControlServer;
  readonly bugs: unknown[];
}

async function open(): Promise<Desk> {
  const path = socketPath();
  const service = new FakeService();
  const bugs: unknown[] = [];
  const server = await ControlServer.listen(path, service, "1.2.3", (bug) => bugs.push(bug));
  onTestFinished(() => server.close());
  return { path, service, server, bugs };
}

async function client(path: string): Promise<ControlClient> {
  const connected = await ControlClient.connect(path);
  if (connected === undefined) throw new Error("nobody answers");
  onTestFinished(() => connected.close());
  return connected;
}

/** Lets what is under way go on until this holds. */
async function until(reached: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !reached(); i++) await sleep(1);
  expect(reached()).toBe(true);
}

describe("calls and streams", () => {
  test("answers come back to whom they belong, though they overtake one another", async () => {
    const { path, service } = await open();
    const desk = await client(path);
    const late = desk.call("status", {}).catch((failure: unknown) => failure);
    expect(await desk.call("identity", {})).toEqual(IDENTITY);
    await expect(desk.call("contact.remove", { contact: "x" })).rejects.toMatchObject({
      code: "service/contact-unknown",
      message: "nobody is called so",
    });
    service.answer();
    expect(await late).toMatchObject({ code: "service/contact-unknown" });
  });

  test("a bug is told to the log, and to the client without its message", async () => {
    const { bugs, path } = await open();
    const desk = await client(path);
    const failure = await desk.call("export", { file: "/x", passphrase: "y" }).catch((why: unknown) => why as Error);
    expect(failure).toMatchObject({ code: "control/failed" });
    expect(String(failure)).not.toContain("secret");
    expect(bugs).toHaveLength(1);
  });

  test("a stream ends by itself, or when nobody wants more of it", async () => {
    const { path, service } = await open();
    const desk = await client(path);
    const rows: number[] = [];
    const params = { all: true, follow: false };
    for await (const item of desk.stream("messages", { ...params, limit: 5 }, new AbortController().signal)) {
      if (item.kind === "message") rows.push(item.row);
    }
    expect(rows).toEqual([1, 2, 3, 4, 5]);
    for await (const _ of desk.stream("messages", { ...params }, new AbortController().signal)) break;
    await until(() => service.open === 0);
    const abort = new AbortController();
    const following = desk.stream("messages", { ...params, limit: 1, follow: true }, abort.signal);
    for await (const _ of following) setTimeout(() => abort.abort(), 5);
    await until(() => service.open === 0);
    expect(await desk.call("identity", {})).toEqual(IDENTITY);
  });

  test("whoever waits when the node stops is told so", async () => {
    const { path, server, service } = await open();
    const desk = await client(path);
    const call = desk.call("status", {}).catch((failure: unknown) => failure);
    const stream = (async () => {
      for await (const _ of desk.stream(
        "messages",
        { all: true, follow: true, limit: 1 },
        new AbortController().signal,
      ));
    })().catch((failure: unknown) => failure);
    await until(() => service.open === 1 && service.calls === 1);
    await server.close();
    for (const told of await Promise.all([call, stream])) expect(told).toMatchObject({ code: "control/closed" });
    await until(() => service.open === 0);
    expect(existsSync(path)).toBe(false);
    expect(await ControlClient.connect(path)).toBeUndefined();
  });
});

describe("the socket", () => {
  test("is its owner's alone", async () => {
    const { path } = await open();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("is taken over where nobody answers, and only there", async () => {
    const { path } = await open();
    await expect(ControlServer.listen(path, new FakeService(), "1", () => {})).rejects.toThrow("a node answers");
    expect(await (await client(path)).call("identity", {})).toEqual(IDENTITY);

    const stale = socketPath();
    // What a node leaves behind that was killed: a name that nobody listens at.
    writeFileSync(stale, "");
    const server = await ControlServer.listen(stale, new FakeService(), "1", () => {});
    onTestFinished(() => server.close());
    expect(await (await client(stale)).call("identity", {})).toEqual(IDENTITY);
  });

  test("of another version is refused by name, from both sides", async () => {
    const { path, service } = await open();
    const raw = new RawClient(path);
    raw.say({ id: 0, method: "hello", params: { protocol: 2 } });
    expect(await raw.next()).toMatchObject({ id: 0, error: { code: "control/version" } });
    await raw.ended;
    expect(service.calls).toBe(0);

    const other = socketPath();
    const foreign = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end('{"id":0,"error":{"code":"control/version","message":"other"}}\n'));
    });
    await new Promise<void>((resolve) => foreign.listen(other, resolve));
    onTestFinished(() => new Promise<void>((resolve) => foreign.close(() => resolve())));
    await expect(ControlClient.connect(other)).rejects.toMatchObject({ code: "control/version" });
  });
});

describe("a hostile or slow client", () => {
  test("is heard only after hello, and never after a line without sense", async () => {
    const { path, service } = await open();
    const eager = new RawClient(path);
    eager.say({ id: 1, method: "identity", params: {} });
    expect(await eager.next()).toMatchObject({ id: 1, error: { code: "control/version" } });
    for (const line of ["nonsense\n", '{"id":"x"}\n', `${"a".repeat(LINE_BYTES_MAX + 1)}`]) {
      const raw = new RawClient(path);
      expect(await raw.hello()).toMatchObject({ result: { protocol: 1, version: "1.2.3" } });
      raw.socket.write(line);
      raw.say({ id: 2, method: "identity", params: {} });
      await raw.ended;
    }
    expect(service.calls).toBe(0);
  });

  test("gets what is no method, wrong parameters and a used id refused, and goes on", async () => {
    const { path, service } = await open();
    const raw = new RawClient(path);
    await raw.hello();
    raw.say({ id: 1, method: "constructor", params: {} });
    expect(await raw.next()).toMatchObject({ id: 1, error: { code: "control/malformed" } });
    raw.say({ id: 2, method: "send", params: { contact: 1 } });
    expect(await raw.next()).toMatchObject({ id: 2, error: { code: "control/malformed" } });
    raw.say({ id: 3, method: "status", params: {} });
    raw.say({ id: 3, method: "status", params: {} });
    expect(await raw.next()).toMatchObject({ id: 3, error: { code: "control/busy" } });
    expect(service.calls).toBe(1);
    raw.say({ id: 4, method: "identity", params: {} });
    expect(await raw.next()).toMatchObject({ id: 4, result: IDENTITY });
  });

  test("has a bounded number of requests under way, on a bounded number of connections", async () => {
    const { path, service } = await open();
    const raw = new RawClient(path);
    await raw.hello();
    for (let id = 1; id <= REQUESTS_MAX + 5; id++) raw.say({ id, method: "status", params: {} });
    for (let i = 0; i < 5; i++) expect(await raw.next()).toMatchObject({ error: { code: "control/busy" } });
    expect(service.calls).toBe(REQUESTS_MAX);

    const more = Array.from({ length: CONNECTIONS_MAX + 5 }, () => new RawClient(path));
    const greeted = await Promise.all(more.map((each) => each.hello()));
    expect(greeted.filter((answer) => answer !== undefined)).toHaveLength(CONNECTIONS_MAX - 1);
  });

  test("that does not read has little made for it, however much it asks for", async () => {
    const { path, service } = await open();
    const raw = new RawClient(path);
    await raw.hello();
    raw.socket.pause();
    for (let id = 1; id <= REQUESTS_MAX; id++)
      raw.say({ id, method: "messages", params: { all: true, follow: false } });
    let before = -1;
    while (service.made !== before) {
      before = service.made;
      await sleep(100);
    }
    // What the system's own buffers take, the output that may wait, and one item of each stream.
    const bytes = service.made * 80_000;
    expect(bytes).toBeLessThan(OUTPUT_BYTES_MAX + REQUESTS_MAX * 160_000 + 1_000_000);
    raw.socket.destroy();
    await until(() => service.open === 0);
  });

  test("that never stops writing is read no faster than it is answered", async () => {
    const { path, service } = await open();
    const raw = new RawClient(path);
    await raw.hello();
    raw.socket.pause();
    const line = `${JSON.stringify({ id: 1, method: "identity", params: {} })}\n`.repeat(1_000);
    let written = 0;
    // The system takes a few hundred kilobytes; then writing stops for good.
    while (raw.socket.write(line) || raw.socket.writableLength < 4_000_000) written += line.length;
    let before = -1;
    while (service.calls !== before) {
      before = service.calls;
      await sleep(100);
    }
    expect(raw.socket.writableLength).toBeGreaterThan(1_000_000);
    expect(written).toBeGreaterThan(0);
  });

  test("whatever it says, the next one is served", async () => {
    const { bugs, path } = await open();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, greets) => {
        const raw = new RawClient(path);
        if (greets) await raw.hello();
        raw.socket.end(bytes);
        await raw.ended;
      }),
      { numRuns: 60 },
    );
    expect(await (await client(path)).call("identity", {})).toEqual(IDENTITY);
    expect(bugs).toEqual([]);
  });
});
