import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Clock } from "../../core/node/index.ts";
import { Secret } from "../../core/safety/index.ts";
import type { MessageItem, NoticeItem, SentItem, Streams } from "../control/index.ts";
import { type Home, homeAt } from "../home/index.ts";
import { createKey, openKey } from "../storage/index.ts";
import { createAccount } from "./account.ts";
import { readConfig } from "./config/index.ts";
import type { NodeLog } from "./log.ts";
import type { NetworkRequest, NodeTransport } from "./network.ts";
import { ChhayaNode } from "./node.ts";
import { NodeService } from "./service/index.ts";

/** A new folder that is gone when the test is. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "chhaya-node-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Time that passes when the test says so. */
export class TestClock implements Clock {
  #now = 1_800_000_000_000;
  #tasks: { readonly time: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  at(time: number, callback: () => void): () => void {
    const task = { time, callback };
    this.#tasks.push(task);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task);
    };
  }

  /** Calls back whatever is due by then, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#tasks.sort((a, b) => a.time - b.time);
      if (next === undefined || next.time > end) break;
      this.#tasks.shift();
      this.#now = Math.max(this.#now, next.time);
      next.callback();
    }
    this.#now = end;
  }
}

/** A network within the process: addresses are names of seeds, records lie in one place. */
export class TestNetwork {
  readonly clock: TestClock = new TestClock();
  readonly nodes: Map<string, TestTransport> = new Map();
  readonly records: Map<string, Uint8Array> = new Map();
  /** Logs of all nodes, as one would read them. */
  readonly log: string[] = [];

  readonly start = async ({ seed }: NetworkRequest): Promise<NodeTransport> => new TestTransport(this, seed);

  readonly recorder: NodeLog = {
    write: (level, message, fields = {}) => void this.log.push(JSON.stringify({ level, message, ...fields })),
  };

  /** Lets time pass, and disks write, until this holds. */
  async until(reached: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 8_000; i++) {
      if (await reached()) return;
      // A disk takes its own time for a write, whatever the clock says.
      await sleep(1);
      this.clock.advance(25);
    }
    throw new Error("it did not come about");
  }
}

const ASK_MS_MAX = 10_000;
type Question = (from: string, bytes: Uint8Array, reply: (answer: Uint8Array) => void) => void;

class TestTransport implements NodeTransport {
  readonly addresses: readonly string[];
  readonly #network: TestNetwork;
  readonly #peer: string;
  readonly #known = new Set<string>();
  #onReceive: (from: string, bytes: Uint8Array) => void = () => {};
  #onGossip: (from: string, bytes: Uint8Array) => void = () => {};
  #onQuestion: Question = () => {};

  constructor(network: TestNetwork, seed: Secret) {
    this.#network = network;
    this.#peer = `peer-${createHash("sha256").update(seed.expose()).digest("hex").slice(0, 16)}`;
    // In the form that a configuration takes.
    this.addresses = [`/memory/${this.#peer}/p2p/12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5`];
    network.nodes.set(this.addresses[0] as string, this);
  }

  onRelocated(): void {}

  onGossip(handler: (from: string, bytes: Uint8Array) => void): void {
    this.#onGossip = handler;
  }

  onQuestion(handler: Question): void {
    this.#onQuestion = handler;
  }

  publish(bytes: Uint8Array): void {
    const [address = ""] = this.addresses;
    for (const other of this.#network.nodes.values()) {
      if (other !== this) setImmediate(() => other.#onGossip(address, bytes));
    }
  }

  onReceive(handler: (from: string, bytes: Uint8Array) => void): void {
    this.#onReceive = handler;
  }

  send(to: string, bytes: Uint8Array): void {
    setImmediate(() => this.#network.nodes.get(to)?.receive(this.addresses[0] as string, bytes));
  }

  receive(from: string, bytes: Uint8Array): void {
    this.#onReceive(from, bytes);
  }

  putRecord(address: Uint8Array, value: Uint8Array): void {
    this.#network.records.set(Buffer.from(address).toString("hex"), value);
  }

  getRecord(address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    setImmediate(() => done(this.#network.records.get(Buffer.from(address).toString("hex"))));
  }

  ask(to: string, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    const asked = this.#network.nodes.get(to);
    let isOpen = true;
    const answer = (value: Uint8Array | undefined): void => {
      if (isOpen) setImmediate(done, value);
      isOpen = false;
    };
    if (asked === undefined) answer(undefined);
    else setImmediate(() => asked.#onQuestion(this.addresses[0] as string, bytes, answer));
    this.#network.clock.at(this.#network.clock.now() + ASK_MS_MAX, () => answer(undefined));
  }

  addPeer(address: string): boolean {
    this.#known.add(address);
    return true;
  }

  status(): ReturnType<NodeTransport["status"]> {
    return {
      peer: this.#peer,
      addresses: this.addresses,
      connections: { total: this.#known.size, relayed: 0, byTransport: { test: this.#known.size } },
      reachability: "public",
      relays: [],
      dht: { mode: "server", peers: 3 },
      gossip: { peers: 3, mesh: 2 },
      refusedPeers: 0,
    };
  }

  async stop(): Promise<void> {
    this.#network.nodes.delete(this.addresses[0] as string);
  }
}

/** An account in a folder of its own. */
export class TestHome {
  readonly home: Home;
  readonly network: TestNetwork;
  node: ChhayaNode | undefined;

  static async make(network: TestNetwork, name: string, config = ""): Promise<TestHome> {
    const home = homeAt(join(temporary(), name));
    const key = await createKey(home.path, { kind: "none" });
    await createAccount(home, key, name);
    key.wipe();
    writeFileSync(home.config, config);
    return new TestHome(network, home);
  }

  constructor(network: TestNetwork, home: Home) {
    this.network = network;
    this.home = home;
    onTestFinished(() => this.node?.stop());
  }

  /** Opens the account, on the test's network or without one. */
  async open(online = true): Promise<NodeService> {
    const { clock, recorder, start } = this.network;
    const environment = { clock, log: recorder, version: "1.2.3", startNetwork: online ? start : undefined };
    const openIt = () => openKey(this.home.path, async () => new Secret(new Uint8Array(0)));
    this.node = await ChhayaNode.open(this.home, readConfig(this.home.config), openIt, environment);
    return new NodeService(this.node);
  }
}

const NEVER = new AbortController().signal;

export async function send(service: NodeService, contact: string, text: string, wait = false): Promise<SentItem[]> {
  const params = { contact, body: Buffer.from(text).toString("base64"), wait };
  const items: SentItem[] = [];
  for await (const item of service.stream("send", params, NEVER)) items.push(item);
  return items;
}

export async function read(
  service: NodeService,
  params: Partial<Streams["messages"]["params"]> = {},
): Promise<(MessageItem | NoticeItem)[]> {
  const items: (MessageItem | NoticeItem)[] = [];
  for await (const item of service.stream("messages", { all: false, follow: false, ...params }, NEVER))
    items.push(item);
  return items;
}

/** The messages among them, as "name: text". */
export function texts(items: readonly (MessageItem | NoticeItem)[]): string[] {
  return items.flatMap((item) =>
    item.kind === "message"
      ? [`${item.direction === "in" ? "" : "to "}${item.contact}: ${Buffer.from(item.body, "base64").toString()}`]
      : [],
  );
}

/** Exchanges cards. */
export async function meet(a: NodeService, aName: string, b: NodeService, bName: string): Promise<void> {
  const [aCard, bCard] = [(await a.call("identity", {})).card, (await b.call("identity", {})).card];
  await Promise.all([
    a.call("contact.add", { name: bName, card: bCard }),
    b.call("contact.add", { name: aName, card: aCard }),
  ]);
}

/** Lets the world go on until this has settled. */
export function within<T>(network: TestNetwork, promise: Promise<T>): Promise<T> {
  let over = false;
  const ended = promise.finally(() => (over = true));
  ended.catch(() => {});
  return network.until(() => over).then(() => ended);
}
