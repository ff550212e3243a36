import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import type { Check, MessageItem, NoticeItem } from "../control/index.ts";
import { homeAt, HomeInUse } from "../home/index.ts";
import { History, openKey } from "../storage/index.ts";
import { meet, read, send, temporary, TestHome, TestNetwork, texts, within } from "./testing.ts";

const DAY_MS = 86_400_000;

async function two() {
  const network = new TestNetwork();
  const [alice, bob] = [await TestHome.make(network, "alice"), await TestHome.make(network, "bob")];
  const [a, b] = [await alice.open(), await bob.open()];
  await meet(a, "alice", b, "bob");
  return { network, alice, bob, a, b };
}

describe("two nodes", () => {
  test("talk, and each message is read once", async () => {
    const { a, b, network } = await two();
    expect(await send(a, "bob", "hello")).toEqual([{ token: expect.any(Number), state: "queued", online: true }]);
    const sent = await within(network, send(a, "bob", "again", true));
    expect(sent.map(({ state }) => state)).toEqual(["queued", "delivered"]);
    await network.until(async () => (await read(b)).length === 2);
    const items = await read(b);
    expect(texts(items).sort()).toEqual(["alice: again", "alice: hello"]);
    const row = Math.max(...items.map((item) => (item.kind === "message" ? item.row : 0)));
    expect((await b.call("status", {})).unread).toBe(2);
    await b.call("seen", { row });
    expect(await read(b)).toEqual([]);
    expect((await b.call("status", {})).unread).toBe(0);
    expect(texts(await read(b, { all: true, limit: 1 }))).toHaveLength(1);
    expect(texts(await read(a, { all: true, contact: "bob" })).sort()).toEqual(["to bob: again", "to bob: hello"]);
    await within(network, send(b, "alice", "and you?", true));
    expect(texts(await read(a))).toEqual(["bob: and you?"]);
  });

  test("show what comes to whoever follows, until nobody does", async () => {
    const { a, b, network } = await two();
    const over = new AbortController();
    const seen: (MessageItem | NoticeItem)[] = [];
    const following = (async () => {
      for await (const item of b.stream("messages", { all: false, follow: true }, over.signal)) seen.push(item);
    })();
    for (const text of ["one", "two", "three"]) await within(network, send(a, "bob", text, true));
    await network.until(() => seen.length === 3);
    expect(texts(seen).sort()).toEqual(["alice: one", "alice: three", "alice: two"]);
    over.abort();
    await within(network, following);
  });

  test("find one another again after the network identity has changed", async () => {
    const { a, alice, b, bob, network } = await two();
    await within(network, send(a, "bob", "before", true));
    const before = await b.call("status", {});
    await within(network, bob.node?.renew() ?? Promise.reject(new Error("closed")));
    // Asked to, it does not change before its time.
    expect((await b.call("status", {})).network?.peer).toBe(before.network?.peer);
    network.clock.advance(8 * DAY_MS);
    await network.until(async () => (await b.call("status", {})).network?.peer !== before.network?.peer);
    await network.until(() => bob.node?.network !== undefined && alice.node?.network !== undefined);
    const sent = await within(network, send(a, "bob", "after", true));
    expect(sent.at(-1)?.state).toBe("delivered");
    await within(network, send(b, "alice", "still here", true));
    expect(texts(await read(b)).sort()).toEqual(["alice: after", "alice: before"]);
    const { network: now } = await b.call("status", {});
    expect(now?.identityUntil).toBe((now?.identityDrawn ?? 0) + 7 * DAY_MS);
  });
});

describe("contacts", () => {
  test("are called by their names, or by their accounts; others are refused with a hint", async () => {
    const { a, b } = await two();
    const { account } = await b.call("identity", {});
    const { contact, safetyNumber } = await a.call("contact.verify", { contact: account.slice(0, 8), confirm: false });
    expect(contact).toMatchObject({ name: "bob", account, trust: "card", verified: false, devices: 1 });
    expect(safetyNumber).toBe((await b.call("contact.verify", { contact: "alice", confirm: false })).safetyNumber);
    expect((await a.call("contact.verify", { contact: "bob", confirm: true })).contact.verified).toBe(true);
    await expect(a.call("contact.verify", { contact: "bobb", confirm: false })).rejects.toMatchObject({
      code: "service/contact-unknown",
      message: 'there is no contact called "bobb"; did you mean "bob"?',
    });
    await expect(send(a, "carol", "x")).rejects.toThrow('"chhaya contacts list" shows all');
    await a.call("contact.remove", { contact: "bob" });
    await expect(send(a, "bob", "x")).rejects.toThrow('"chhaya contacts add" adds one');
  });

  test("are not added by what is no card, or one's own", async () => {
    const { a } = await two();
    const { card } = await a.call("identity", {});
    const cards: [string, string][] = [
      ["hello", "a card begins with CHHAYA1:"],
      [`${card.slice(0, 40)}${card[40] === "A" ? "B" : "A"}${card.slice(41)}`, "mistyped or cut"],
      [card.replace("CHHAYA1", "CHHAYA2"), "of another version"],
      [card, "your own card"],
    ];
    for (const [text, message] of cards) {
      await expect(a.call("contact.add", { name: "x", card: text })).rejects.toThrow(message);
    }
    await expect(a.call("contact.add", { name: "x" })).rejects.toMatchObject({ code: "control/malformed" });
    await expect(a.call("contact.add", { name: "x", label: "carol" })).rejects.toMatchObject({
      code: "service/no-directory",
    });
    await expect(a.call("label.register", { label: "carol" })).rejects.toMatchObject({ code: "service/no-directory" });
  });

  test("whose name stands for another key are silent until the user decides", async () => {
    const { a, b, network } = await two();
    const carol = await (await TestHome.make(network, "carol")).open();
    const { account, card } = await carol.call("identity", {});
    expect((await a.call("contact.add", { name: "bob", card })).outcome).toBe("key-changed");
    await expect(send(a, "bob", "x")).rejects.toMatchObject({ code: "service/key-changed" });
    const [notice] = await read(a);
    expect(notice).toMatchObject({ kind: "notice", topic: "contact.key-changed", grave: true });
    expect((await a.call("status", {})).notices).toHaveLength(1);
    await a.call("contact.decide", { contact: "bob", adopt: true });
    expect((await a.call("contact.verify", { contact: "bob", confirm: false })).contact.account).toBe(account);
    expect(await read(a)).toEqual([]);
    await expect(a.call("contact.decide", { contact: "bob", adopt: true })).rejects.toThrow("has not changed");
    expect((await a.call("contact.add", { name: "bob", card })).outcome).toBe("known");
    await b.close();
  });
});

describe("a home", () => {
  test("is one process's at a time, and asks for no passphrase before", async () => {
    const network = new TestNetwork();
    const alice = await TestHome.make(network, "alice");
    const service = await alice.open();
    await expect(new TestHome(network, alice.home).open()).rejects.toThrow(HomeInUse);
    await service.close();
    await expect(service.call("identity", {})).rejects.toMatchObject({ code: "control/closed" });
    await (await alice.open()).close();
  });

  test("without an account, or of another key, is refused", async () => {
    const network = new TestNetwork();
    const empty = new TestHome(network, homeAt(join(temporary(), "empty")));
    await expect(empty.open()).rejects.toThrow('"chhaya init" makes one');
    const alice = await TestHome.make(network, "alice");
    writeFileSync(alice.home.key, "x");
    await expect(alice.open()).rejects.toMatchObject({ code: "key/damaged" });
  });

  test("holds what was written offline, and it leaves when a node runs", async () => {
    const { a, alice, b, network } = await two();
    await a.close();
    const offline = await alice.open(false);
    expect(await send(offline, "bob", "later")).toEqual([
      { token: expect.any(Number), state: "queued", online: false },
    ]);
    expect(await offline.call("status", {})).toMatchObject({ online: false, network: null, waiting: 1 });
    await expect(offline.call("contact.add", { name: "x", label: "carol" })).rejects.toMatchObject({
      code: "service/offline",
    });
    await offline.close();
    const online = await alice.open();
    await network.until(async () => (await read(b)).length === 1);
    await network.until(async () => (await online.call("status", {})).waiting === 0);
    expect(texts(await read(b))).toEqual(["alice: later"]);
  });

  test("hands in what a crash kept from the engine, and marks what was delivered unnoticed", async () => {
    const { a, alice, b, bob, network } = await two();
    const { account } = await b.call("identity", {});
    await a.close();
    const key = await openKey(alice.home.path, async () => new Secret(new Uint8Array(0)));
    const history = History.open(alice.home.history, key);
    history.offer(account, Buffer.from("never handed in"), network.clock.now());
    const delivered = history.offer(account, Buffer.from("long delivered"), network.clock.now());
    history.mark(delivered, "queued", network.clock.now());
    await history.close();
    const again = await alice.open();
    await network.until(async () => (await again.call("status", {})).waiting === 0 && (await read(b)).length > 0);
    expect(texts(await read(b))).toEqual(["alice: never handed in"]);
    await network.until(async () =>
      (await read(again, { all: true })).every((item) => item.kind !== "message" || item.state === "delivered"),
    );
    await bob.node?.stop();
  });
});

describe("a disk that fails", () => {
  test("stops the node with what it was, and loses no message", async () => {
    const { a, b, bob, network } = await two();
    const node = bob.node;
    if (node === undefined) throw new Error("closed");
    node.history.receive = () => {
      throw Object.assign(new Error("disk full"), { code: "storage/write-failed" });
    };
    const waiting = send(a, "bob", "hold on", true);
    let failure: Error | undefined;
    void node.failed.then((why) => (failure = why));
    await network.until(() => failure !== undefined);
    expect(failure).toMatchObject({ code: "storage/write-failed" });
    await b.close();
    expect(network.log.join("\n")).toContain('"code":"storage/write-failed"');
    const again = await bob.open();
    expect((await within(network, waiting)).at(-1)?.state).toBe("delivered");
    expect(texts(await read(again))).toEqual(["alice: hold on"]);
  });
});

describe("the doctor", () => {
  async function findings(home: TestHome, online: boolean): Promise<Map<string, Check>> {
    const service = await home.open(online);
    const found = new Map<string, Check>();
    for await (const check of service.stream("doctor", {}, new AbortController().signal)) found.set(check.check, check);
    await service.close();
    return found;
  }

  test("says of each thing how it is, and what to do where it is not well", async () => {
    const network = new TestNetwork();
    const alice = await TestHome.make(network, "alice");
    const online = await findings(alice, true);
    expect(online.get("configuration")?.verdict).toBe("ok");
    expect(online.get("key")).toMatchObject({ verdict: "warn", todo: expect.stringContaining("passphrase") });
    expect(online.get("dht")).toMatchObject({ verdict: "ok", says: "server, 3 peers" });
    expect(online.get("peers")?.verdict).toBe("warn");
    const offline = await findings(alice, false);
    expect(offline.get("network")).toMatchObject({ verdict: "warn", todo: 'start "chhaya node"' });
    for (const { says, todo, verdict } of [...online.values(), ...offline.values()]) {
      expect(says.length).toBeGreaterThan(3);
      if (verdict !== "ok") expect(todo).not.toBe("");
    }
  });
});

test("no log says who talks to whom, or what", async () => {
  const { a, b, network, bob } = await two();
  await within(network, send(a, "bob", "the treasure is under the oak", true));
  await within(network, send(b, "alice", "understood", true));
  const carol = await (await TestHome.make(network, "carol")).open();
  const { card } = await carol.call("identity", {});
  await a.call("contact.add", { name: "bob", card });
  await carol.call("contact.add", { name: "bob", card: (await b.call("identity", {})).card });
  await send(carol, "bob", "do you know me?");
  await network.until(async () => (await b.call("status", {})).notices.length > 0);
  network.clock.advance(8 * DAY_MS);
  await network.until(() => network.log.some((line) => line.includes("network identity changed")));
  await network.until(() => bob.node?.network !== undefined);
  const said = network.log.join("\n");
  expect(said).toContain('"message":"message"');
  expect(said).toContain('"message":"delivered"');
  const secrets = [
    "treasure",
    "oak",
    "understood",
    "alice",
    "carol",
    "bob",
    "CHHAYA1",
    "/test/",
    "peer-",
    "do you know",
  ];
  for (const service of [a, b, carol]) {
    const { account, addresses, compactCard, device } = await service.call("identity", {});
    secrets.push(account.slice(0, 12), device.slice(0, 12), compactCard.slice(8, 30), ...addresses);
  }
  for (const secret of secrets) expect(said.toLowerCase()).not.toContain(secret.toLowerCase());
});

test("nothing in a home is readable without its key", async () => {
  const { a, alice, network } = await two();
  await within(network, send(a, "bob", "the treasure is under the oak", true));
  await a.close();
  const { account } = await (await alice.open(false)).call("identity", {});
  await alice.node?.stop();
  const { readdirSync } = await import("node:fs");
  for (const name of readdirSync(alice.home.path, { recursive: true, encoding: "utf8" })) {
    const file = join(alice.home.path, name);
    try {
      const bytes = readFileSync(file);
      for (const secret of ["treasure", account.slice(0, 16)])
        expect([name, bytes.includes(secret)]).toEqual([name, false]);
      expect(bytes.includes(Buffer.from(account, "hex").subarray(0, 12))).toBe(false);
    } catch (failure) {
      if (!(failure instanceof Error) || !("code" in failure) || failure.code !== "EISDIR") throw failure;
    }
  }
});
