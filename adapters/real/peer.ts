// The program of one peer's process: one engine over real ports, commanded by the runner through the fork's channel.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Driver, Engine } from "../../core/node/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { systemClock } from "../clock/index.ts";
import { type Libp2pTransport, startLibp2p } from "../libp2p/index.ts";
import { FileLogStorage } from "../storage/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import type { Order, Report } from "./orders.ts";

const NETWORK_SEED_BYTES = 32;

interface Peer {
  readonly driver: Driver;
  readonly transport: Libp2pTransport;
  readonly storage: FileLogStorage;
}

let peer: Peer | undefined;

process.on("message", (order: Order) => {
  obey(order).catch(fail);
});
// Without its runner a peer has no purpose, and nobody would end it.
process.on("disconnect", () => process.exit(1));
process.on("uncaughtException", fail);

function report(message: Report): void {
  process.send?.(message);
}

function fail(failure: unknown): void {
  const reason = failure instanceof Error ? failure.name : "unknown";
  if (!process.connected) process.exit(1);
  process.send?.({ kind: "failed", reason } satisfies Report, () => process.exit(1));
}

async function obey(order: Order): Promise<void> {
  if (order.kind === "start") {
    peer = await start(order);
    return;
  }
  if (peer === undefined) throw new RangeError("order before start");
  const { driver, storage, transport } = peer;
  switch (order.kind) {
    case "meet":
      transport.addPeer(order.address);
      driver.command({ kind: "add-contact", name: order.name, card: order.card });
      return;
    case "say":
      driver.command({ kind: "send", contact: order.contact, token: order.token, body: order.body });
      return;
    case "confirm":
      driver.command({ kind: "confirm", id: order.id });
      return;
    case "inspect":
      report({ kind: "inspection", inspection: driver.engine.inspect(), counters: transport.counters });
      return;
    case "stop":
      driver.stop();
      await Promise.all([transport.stop(), storage.close()]);
      // Nothing else may keep the process alive: the runner counts on its end.
      process.removeAllListeners("disconnect");
      process.disconnect?.();
      return;
  }
}

async function start({ directory, label, peers, wire }: Order & { kind: "start" }): Promise<Peer> {
  const storage = FileLogStorage.open(join(directory, "log"));
  const transport = await startLibp2p({ wire, seed: networkSeed(directory), clock: systemClock });
  for (const address of peers) transport.addPeer(address);
  const stored = storage.read();
  const environment = { suite: nativeSuite, random: systemRandom };
  const { effects, engine } =
    stored.log.length === 0 && stored.anchor === undefined
      ? Engine.create(environment, { label, addresses: [transport.address] }, systemClock.now())
      : opened(Engine.open(environment, stored, systemClock.now()));
  const { account } = engine;
  const card = engine.cardBytes();
  // Before the first effect, so that the runner knows whose events follow.
  report({ kind: "ready", account, card, address: transport.address });
  const ports = { clock: systemClock, transport, storage };
  const driver = new Driver(engine, ports, (event) => report({ kind: "event", event }), fail);
  driver.perform(effects);
  return { driver, transport, storage };
}

function opened(result: ReturnType<typeof Engine.open>) {
  if (result.ok) return result.value;
  throw Object.assign(new Error("log refused"), { name: result.error });
}

/** Drawn once and kept beside the log, so that the peer is recognised on whatever port it comes back. */
function networkSeed(directory: string): Secret {
  const file = join(directory, "network-identity");
  if (!existsSync(file)) writeFileSync(file, randomBytes(NETWORK_SEED_BYTES), { mode: 0o600, flag: "wx" });
  return new Secret(new Uint8Array(readFileSync(file)));
}
