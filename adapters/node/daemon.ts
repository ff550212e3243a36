import { setTimeout as sleep } from "node:timers/promises";
import type { Secret } from "../../core/safety/index.ts";
import { answers, ControlServer } from "../control/index.ts";
import { type Home, HomeInUse } from "../home/index.ts";
import { type Config, ConfigError } from "./config/index.ts";
import { failureFields } from "./log.ts";
import type { Gauges } from "./metrics.ts";
import { ChhayaNode, type NodeEnvironment } from "./node.ts";
import { NodeService } from "./service/index.ts";

/** How long another command may hold the home. */
const IN_USE_MS_MAX = 10_000;
const IN_USE_PAUSE_MS = 100;

const NOTHING: Gauges = {
  contacts: 0,
  waiting: 0,
  sessions: 0,
  logBytes: 0,
  connections: 0,
  relayed: 0,
  dhtPeers: 0,
  gossipPeers: 0,
  refusedPeers: 0,
};

/** A node with its doors: the control socket and, where they are wanted, metrics. */
export class Daemon {
  readonly node: ChhayaNode;
  readonly #closing: (() => Promise<void>)[];

  static async open(
    home: Home,
    config: Config,
    openKey: () => Promise<Secret>,
    environment: Omit<NodeEnvironment, "metrics">,
  ): Promise<Daemon> {
    const { log, version } = environment;
    const { port } = config.metrics;
    let node: ChhayaNode | undefined;
    const serving = port === undefined ? undefined : { port, ...(await import("./metrics.ts")) };
    const metrics = serving && new serving.Metrics(() => (node === undefined ? NOTHING : gaugesOf(node)));
    const whole = { ...environment, ...(metrics === undefined ? {} : { metrics }) };
    const opened = await openPatiently(home, () => ChhayaNode.open(home, config, openKey, whole));
    node = opened;
    const closing = [() => opened.stop()];
    try {
      const onBug = (failure: unknown): void => log.write("error", "bug", failureFields(failure));
      const control = await ControlServer.listen(home.control, new NodeService(opened), version, onBug);
      closing.unshift(() => control.close());
      if (serving !== undefined && metrics !== undefined) {
        const server = await serving.MetricsServer.listen(serving.port, metrics, () => opened.isHealthy).catch(
          (failure: NodeJS.ErrnoException) => {
            throw new ConfigError(home.config, [
              `metrics.port ${serving.port} cannot be used: ${failure.code ?? failure.name}`,
            ]);
          },
        );
        closing.unshift(() => server.close());
      }
    } catch (failure) {
      for (const close of closing) await close();
      throw failure;
    }
    log.write("info", "the node runs", { version, roles: opened.roles.kinds.join(",") || undefined });
    return new Daemon(opened, closing);
  }

  private constructor(node: ChhayaNode, closing: (() => Promise<void>)[]) {
    this.node = node;
    this.#closing = closing;
  }

  /** Shuts the doors, then stops the node: all that was acknowledged is on the disk. */
  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}

/** A command that holds the home is soon done; a node that runs there already is not. */
async function openPatiently(home: Home, open: () => Promise<ChhayaNode>): Promise<ChhayaNode> {
  for (let waited = 0; ; waited += IN_USE_PAUSE_MS) {
    try {
      return await open();
    } catch (failure) {
      if (!(failure instanceof HomeInUse) || waited >= IN_USE_MS_MAX) throw failure;
      if (await answers(home.control)) throw new HomeInUse(`a node runs in ${home.path} already`);
      await sleep(IN_USE_PAUSE_MS);
    }
  }
}

function gaugesOf({ engine, network }: ChhayaNode): Gauges {
  if (engine === undefined) return NOTHING;
  const { contacts, logBytes, peers } = engine.inspect();
  const status = network?.status();
  return {
    contacts,
    waiting: engine.outbox().length,
    sessions: Object.values(peers).filter(({ session }) => session === "confirmed" || session === "unconfirmed").length,
    logBytes,
    connections: status?.connections.total ?? 0,
    relayed: status?.connections.relayed ?? 0,
    dhtPeers: status?.dht.peers ?? 0,
    gossipPeers: status?.gossip.peers ?? 0,
    refusedPeers: status?.refusedPeers ?? 0,
  };
}
