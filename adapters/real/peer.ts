// The program of one peer's process: one engine over real ports, commanded by the runner through the fork's channel.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join as pathOf } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bundleAddress, cardFromBytes } from "../../core/identity/index.ts";
import { Driver, Engine } from "../../core/node/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { runner } from "../child/index.ts";
import { systemClock } from "../clock/index.ts";
import { type Libp2pTransport, loopbackOptions, startLibp2p } from "../libp2p/index.ts";
import { FileLogStorage } from "../storage/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import type { Order, Report } from "./orders.ts";

const NETWORK_SEED_BYTES = 32;
/** A node that finds nobody in the DHT for so long begins alone. */
const COMPANY_MS_MAX = 10_000;
const COMPANY_PAUSE_MS = 20;
/** A process that has stopped ends by itself, or is ended after this long. */
const LINGER_MS_MAX = 4_000;

interface Host {
  readonly transport: Libp2pTransport;
  readonly storage: FileLogStorage;
}

let host: Host | undefined;
let driver: Driver | undefined;

// A killed process leaves what it compiled to the next one.
flushCompileCache();

const { fail, leave, report, take } = runner<Order, Report>();
take(obey);

async function obey(order: Order): Promise<void> {
  if (order.kind === "listen") {
    host = await listen(order);
    return;
  }
  if (host === undefined) throw new RangeError("order before it listens");
  const { storage, transport } = host;
  switch (order.kind) {
    case "join":
      driver = await join(host, order);
      return;
    case "meet":
      ready().command({ kind: "add-contact", name: order.name, card: order.card });
      return;
    case "say":
      ready().command({ kind: "send", contact: order.contact, token: order.token, body: order.body });
      return;
    case "confirm":
      ready().command({ kind: "confirm", id: order.id });
      return;
    case "find":
      transport.getRecord(bundleAddressOf(order.card), (value) =>
        report({ kind: "found", found: value !== undefined }),
      );
      return;
    case "inspect":
      report({ kind: "inspection", inspection: ready().engine.inspect(), counters: transport.counters });
      return;
    case "stop":
      driver?.stop();
      await Promise.all([transport.stop(), storage.close()]);
      // Nothing else should keep the process alive; but the native side of WebRTC sometimes does, for good.
      leave();
      setTimeout(() => process.exit(0), LINGER_MS_MAX).unref();
      return;
  }
}

function ready(): Driver {
  if (driver === undefined) throw new RangeError("order before it joined");
  return driver;
}

async function listen({ directory, wire }: Order & { kind: "listen" }): Promise<Host> {
  const storage = FileLogStorage.open(pathOf(directory, "log"));
  const transport = await startLibp2p(loopbackOptions(wire, networkSeed(directory), systemClock));
  report({ kind: "listening", addresses: transport.addresses });
  return { transport, storage };
}

async function join(
  { storage, transport }: Host,
  { label, peers, settings }: Order & { kind: "join" },
): Promise<Driver> {
  for (const address of peers) transport.addPeer(address);
  if (peers.length > 0) await company(transport);
  const stored = storage.read();
  const environment = { suite: nativeSuite, random: systemRandom, settings };
  const { effects, engine } =
    stored.log.length === 0 && stored.anchor === undefined
      ? Engine.create(environment, { label, addresses: transport.addresses }, systemClock.now())
      : opened(Engine.open(environment, stored, systemClock.now()));
  // Before the first effect, so that the runner knows whose events follow.
  report({ kind: "ready", account: engine.account, card: engine.cardBytes() });
  const ports = { clock: systemClock, transport, storage };
  const made = new Driver(engine, ports, (event) => report({ kind: "event", event }), fail);
  made.perform(effects);
  return made;
}

/** Until a record that is put has somebody to go to: else its first copy waits for the next attempt. */
async function company(transport: Libp2pTransport): Promise<void> {
  const endMs = performance.now() + COMPANY_MS_MAX;
  while (transport.status().dht.peers === 0 && performance.now() < endMs) await pause(COMPANY_PAUSE_MS);
}

/** Where the owner of a card publishes its prekeys. */
function bundleAddressOf(bytes: Uint8Array): Uint8Array {
  const card = cardFromBytes(bytes);
  if (!card.ok) throw Object.assign(new Error("card refused"), { name: card.error });
  return bundleAddress(nativeSuite, card.value.introduction);
}

function opened(result: ReturnType<typeof Engine.open>) {
  if (result.ok) return result.value;
  throw Object.assign(new Error("log refused"), { name: result.error });
}

/** Drawn once and kept beside the log, so that the peer is recognised on whatever port it comes back. */
function networkSeed(directory: string): Secret {
  const file = pathOf(directory, "network-identity");
  if (!existsSync(file)) writeFileSync(file, randomBytes(NETWORK_SEED_BYTES), { mode: 0o600, flag: "wx" });
  return new Secret(new Uint8Array(readFileSync(file)));
}
