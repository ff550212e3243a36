import { setImmediate as turn } from "node:timers/promises";
import type { Listener, Logger, MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { beforeEach, describe, expect, test } from "vitest";
import { Kernel, Stream } from "../../sim/kernel/index.ts";
import { type Host, WINDOW_BYTES, WIRE_SILENCE_MS_MAX, Wires } from "../../sim/wire/index.ts";
import { wireTransport, type WireTransportOptions } from "./transport.ts";

const quiet: Logger = Object.assign(() => {}, { enabled: false, trace() {}, error() {}, newScope: () => quiet });

/** Leaves connections as they are, and holds those that came in. */
class PlainUpgrader {
  readonly inbound: MultiaddrConnection[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  fails = false;

  async upgradeInbound(connection: MultiaddrConnection, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    this.inbound.push(connection);
    this.signals.push(signal);
    if (this.fails) throw new Error("no upgrade");
  }

  async upgradeOutbound(connection: MultiaddrConnection): Promise<MultiaddrConnection> {
    if (this.fails) throw new Error("no upgrade");
    return connection;
  }
}

/** What a connection told, in order: bytes, and how it closed. */
function listenTo(connection: MultiaddrConnection): (number | string)[] {
  const heard: (number | string)[] = [];
  connection.addEventListener("message", ({ data }) => heard.push(data.byteLength));
  connection.addEventListener("close", (event) =>
    heard.push(event.error === undefined ? "closed" : event.error.message),
  );
  return heard;
}

let kernel: Kernel;
let wires: Wires;
let a: Host;
let b: Host;
let dialler: PlainUpgrader;
let taker: PlainUpgrader;
let listener: Listener;

/** Lets virtual time pass, and promises settle after each millisecond. */
async function run(ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    kernel.runUntil(kernel.now + 1);
    await turn();
  }
}

const transportOf = (host: Host, options?: WireTransportOptions): Transport =>
  wireTransport(host, options)({ logger: { forComponent: () => quiet } });

const listenerOf = (transport: Transport, upgrader: PlainUpgrader): Listener =>
  transport.createListener({ upgrader: upgrader as unknown as Upgrader });

const at = (ip: string, port = 4_001) => multiaddr(`/ip4/${ip}/tcp/${port}`);

function dialling(
  address = at(b.ip),
  { signal = new AbortController().signal, transport = transportOf(a) } = {},
): Promise<MultiaddrConnection> {
  const dialled = transport.dial(address, { signal, upgrader: dialler as unknown as Upgrader });
  // Tests look at a rejection later than Node would have them do.
  dialled.catch(() => {});
  return dialled as Promise<unknown> as Promise<MultiaddrConnection>;
}

async function connect(): Promise<{ near: MultiaddrConnection; far: MultiaddrConnection }> {
  const dialled = dialling();
  await run(10);
  return { near: await dialled, far: taker.inbound.at(-1) as MultiaddrConnection };
}

beforeEach(async () => {
  kernel = new Kernel();
  wires = new Wires(kernel, Stream.seeded(1));
  wires.conditions = { latencyMs: 2, jitterMs: 0, lossRate: 0, bandwidth: 0 };
  [a, b] = [wires.host("a"), wires.host("b")];
  [dialler, taker] = [new PlainUpgrader(), new PlainUpgrader()];
  listener = listenerOf(transportOf(b), taker);
  await listener.listen(at("0.0.0.0"));
});

describe("addresses", () => {
  test("are TCP at IPv4, not through a relay, and nothing else", () => {
    const good = [
      "/ip4/20.0.0.1/tcp/1",
      "/ip4/20.0.0.1/tcp/1/p2p/12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq",
    ];
    const bad = [
      `${good[1]}/p2p-circuit`,
      "/ip4/20.0.0.1/udp/1/quic-v1",
      "/ip4/20.0.0.1/tcp/1/ws",
      "/ip6/::1/tcp/1",
      "/dns4/example.com/tcp/1",
      "/ip4/20.0.0.1",
      "/memory/a",
    ];
    const transport = transportOf(a);
    for (const filter of ["dialFilter", "listenFilter"] as const)
      expect(transport[filter]([...good, ...bad].map((text) => multiaddr(text))).map(String)).toEqual(good);
  });

  test("to listen at are the host's own, each port once; what is told moves with the host", async () => {
    const other = (): Listener => listenerOf(transportOf(b), taker);
    await expect(other().listen(at(a.ip))).rejects.toMatchObject({ name: "ListenError" });
    await expect(other().listen(at(b.ip))).rejects.toMatchObject({ name: "ListenError" });
    expect(listener.getAddrs().map(String)).toEqual([`/ip4/${b.ip}/tcp/4001`]);
    b.relocate("20.200.0.1");
    expect(listener.getAddrs().map(String)).toEqual(["/ip4/20.200.0.1/tcp/4001"]);
    await listener.close();
    expect(listener.getAddrs()).toEqual([]);
  });

  test("of a connection are the dialled one, and where it came from", async () => {
    const { far, near } = await connect();
    expect(String(near.remoteAddr)).toBe(`/ip4/${b.ip}/tcp/4001`);
    expect(String(far.remoteAddr)).toMatch(new RegExp(`^/ip4/${a.ip}/tcp/\\d+$`, "u"));
    expect([near.direction, far.direction]).toEqual(["outbound", "inbound"]);
  });

  test("are dialled from the port that is listened at, where that is wished", async () => {
    const transport = transportOf(a, { reusePort: true });
    await listenerOf(transport, dialler).listen(at("0.0.0.0", 5_000));
    const dialled = dialling(at(b.ip), { transport });
    await run(10);
    await dialled;
    expect(String(taker.inbound[0]?.remoteAddr)).toBe(`/ip4/${a.ip}/tcp/5000`);
  });
});

describe("a dial", () => {
  test("fails where nobody listens, and without a network", async () => {
    const refused = dialling(at(b.ip, 1));
    await run(5);
    await expect(refused).rejects.toMatchObject({ name: "ConnectionFailedError", message: /refused/u });
    a.crash();
    const unreachable = dialling();
    await run(5);
    await expect(unreachable).rejects.toMatchObject({ name: "ConnectionFailedError", message: /unreachable/u });
  });

  test("ends when its signal aborts, and leaves nothing", async () => {
    const controller = new AbortController();
    const dials = [at(b.ip), at("20.9.9.9")].map((address) => dialling(address, { signal: controller.signal }));
    await run(1);
    controller.abort();
    for (const dial of dials) await expect(dial).rejects.toMatchObject({ name: "AbortError" });
    await run(20);
    expect([a.ends.size, b.ends.size]).toEqual([0, 0]);
    await expect(dialling(at(b.ip), { signal: controller.signal })).rejects.toMatchObject({ name: "AbortError" });
  });

  test("whose upgrade fails ends the wire, on either side", async () => {
    dialler.fails = true;
    const dialled = dialling();
    await run(20);
    await expect(dialled).rejects.toThrow("no upgrade");
    [dialler.fails, taker.fails] = [false, true];
    const { near } = await connect();
    await run(10);
    expect(near.status).toBe("aborted");
    expect([a.ends.size, b.ends.size]).toEqual([0, 0]);
  });
});

describe("a connection", () => {
  test("closes in order: what was sent arrives first", async () => {
    const { far, near } = await connect();
    const heard = listenTo(far);
    near.send(new Uint8Array(1_000));
    await near.close();
    expect(near.status).toBe("closed");
    await run(10);
    expect([heard, far.status, a.ends.size, b.ends.size]).toEqual([[1_000, "closed"], "closed", 0, 0]);
  });

  test("that is aborted is reset at the other end", async () => {
    const { far, near } = await connect();
    const heard = listenTo(far);
    near.abort(new Error("enough"));
    await run(10);
    expect([near.status, far.status, heard]).toEqual(["aborted", "aborted", ["the peer reset the connection"]]);
  });

  test("ends at once at a host whose power fails, and at the other when it finds out", async () => {
    const { far, near } = await connect();
    const heard = [listenTo(near), listenTo(far)];
    b.crash();
    expect(heard).toEqual([[], ["this host's power failed"]]);
    near.send(new Uint8Array(1));
    kernel.runUntil(kernel.now + WIRE_SILENCE_MS_MAX + 10);
    expect(heard[0]).toEqual(["the peer was silent for too long"]);
  });

  test("whose reader pauses has its writer wait until it reads on", async () => {
    const { far, near } = await connect();
    const heard = listenTo(far);
    far.pause();
    const piece = new Uint8Array(WINDOW_BYTES / 4);
    const sent = Array.from({ length: 6 }, () => near.send(piece));
    expect(sent).toEqual([true, true, true, false, false, false]);
    await run(50);
    expect([heard, near.writeBufferLength, far.readBufferLength]).toEqual([[], 2 * piece.length, 0]);
    let drained = false;
    void near.onDrain().then(() => (drained = true));
    far.resume();
    await run(20);
    expect(heard.reduce<number>((sum, bytes) => sum + Number(bytes), 0)).toBe(6 * piece.length);
    expect([drained, near.writeBufferLength]).toEqual([true, 0]);
  });

  test("that is closed while the window is full waits until all has left", async () => {
    const { far, near } = await connect();
    const heard = listenTo(far);
    near.send(new Uint8Array(3 * WINDOW_BYTES));
    const closed = near.close();
    await run(50);
    await closed;
    expect(heard.pop()).toBe("closed");
    expect(heard.reduce<number>((sum, bytes) => sum + Number(bytes), 0)).toBe(3 * WINDOW_BYTES);
  });
});

test("a listener that closes takes no more, and ends what it took", async () => {
  const { near } = await connect();
  const heard = listenTo(near);
  let told = false;
  listener.addEventListener("close", () => (told = true));
  await listener.close();
  await run(10);
  expect([heard, told, taker.signals.map((signal) => signal?.aborted)]).toEqual([["closed"], true, [true]]);
  const late = dialling();
  await run(10);
  await expect(late).rejects.toThrow("refused");
  expect(b.ends.size).toBe(0);
});
