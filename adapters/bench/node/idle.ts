import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Driver, Engine, type LogStorage } from "../../../core/node/index.ts";
import { systemClock } from "../../clock/index.ts";
import { Child } from "../../child/index.ts";
import { loopbackConfig, makeHome, openHome } from "../../endurance/index.ts";
import { type ChhayaNode, silentLog } from "../../node/index.ts";
import { nativeSuite, systemRandom } from "../../suite/index.ts";
import { MemoryNetwork } from "./memory-network.ts";

const ESTABLISH_MS_MAX = 60_000;
const COMPACT_SECONDS = 1;
/** People who begin at once. */
const AT_ONCE = 64;
const HELLO = new Uint8Array(8);

export interface IdleReport {
  /** Conversations whose handshake is over. */
  readonly sessions: number;
  readonly openMs: number;
  /** Of JavaScript, and what it holds outside of its heap. */
  readonly heapBytes: number;
  readonly bufferBytes: number;
  readonly rssBytes: number;
}

export interface IdleFigures extends IdleReport {
  readonly conversations: number;
}

/**
 * What a node takes that has so many established conversations, none of which says anything: one process each, which
 * opens the account without a network. The conversations are begun over a network in memory.
 */
export async function measureIdle(conversations: readonly number[]): Promise<IdleFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), "chhaya-bench-"));
  try {
    const home = await makeHome(join(folder, "hub"), "hub", loopbackConfig([], COMPACT_SECONDS));
    const figures: IdleFigures[] = [];
    let begun = 0;
    for (const count of conversations) {
      const network = new MemoryNetwork();
      const hub = await openHome(home, async () => network.enter("hub"), silentLog);
      while (begun < count) {
        const names = Array.from({ length: Math.min(AT_ONCE, count - begun) }, (_, i) => `${begun + i}`);
        await Promise.all(names.map((name) => converse(network, hub, name)));
        begun += names.length;
      }
      await hub.stop();
      figures.push({ conversations: count, ...(await open(home.path)) });
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The hub writes to somebody new, has the receipt, and they are gone. It begins, since its own one-time prekeys are
 * published anew once a minute only, and two who take the same one are in each other's way.
 */
async function converse(network: MemoryNetwork, hub: ChhayaNode, name: string): Promise<void> {
  const { driver: hubDriver, engine: hubEngine } = await hub.session();
  const { promise, reject, resolve } = Promise.withResolvers<void>();
  const environment = { suite: nativeSuite, random: systemRandom, settings: { oneTimePrekeys: 1, ackDelayMs: 1 } };
  const profile = { label: name, addresses: [name] };
  const { effects, engine } = Engine.create(environment, profile, systemClock.now());
  const ports = { clock: systemClock, transport: network.enter(name), storage: nowhere };
  const driver = new Driver(engine, ports, () => {}, reject);
  driver.perform(effects);
  driver.command({ kind: "add-contact", name: "hub", card: hubEngine.cardBytes() });
  await hub.fence({ kind: "add-contact", name, card: engine.cardBytes() });
  const command = hub.correspondence.offer(engine.account, HELLO);
  const leave = hub.correspondence.follow(command.token, ({ state }) => {
    if (state === "delivered") resolve();
    if (state === "failed") reject(new Error("a conversation did not begin"));
  });
  hubDriver.command(command);
  const limit = setTimeout(() => reject(new Error("a conversation did not begin in time")), ESTABLISH_MS_MAX);
  try {
    await promise;
  } finally {
    clearTimeout(limit);
    leave();
    driver.stop();
    network.leave(name);
  }
}

/** A disk for somebody who is never started again. */
const nowhere: LogStorage = {
  read: (done) => queueMicrotask(() => done({ log: new Uint8Array(0), anchor: undefined })),
  append: (_bytes, _anchor, done) => queueMicrotask(done),
  replace: (_bytes, _anchor, done) => queueMicrotask(done),
};

async function open(path: string): Promise<IdleReport> {
  const { promise, resolve } = Promise.withResolvers<IdleReport>();
  const child = new Child<never, IdleReport>(import.meta.url, "idle-program", [path], resolve, ["--expose-gc"]);
  const ended = child.ended.then((code) => {
    throw new Error(`the measured process ended with ${code}`);
  });
  const report = await Promise.race([promise, ended]);
  await child.ended;
  ended.catch(() => {});
  return report;
}
