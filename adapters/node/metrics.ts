import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { EngineEvent } from "../../core/node/index.ts";

const HOST = "127.0.0.1";
/** Whatever page a browser on this machine shows, it does not get here by another name for this address. */
const HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost"]);
const HEADERS_MS_MAX = 5_000;
const CONNECTIONS_MAX = 16;

/** What a node's metrics are made of, at the moment that they are asked for. */
export interface Gauges {
  readonly contacts: number;
  /** Messages that wait for delivery. */
  readonly waiting: number;
  readonly sessions: number;
  readonly logBytes: number;
  readonly connections: number;
  readonly relayed: number;
  readonly dhtPeers: number;
  readonly gossipPeers: number;
  readonly refusedPeers: number;
}

const HELP: Readonly<Record<keyof Gauges, readonly [name: string, help: string]>> = {
  contacts: ["chhaya_contacts", "Contacts."],
  waiting: ["chhaya_messages_waiting", "Messages that wait for delivery."],
  sessions: ["chhaya_sessions", "Devices with a session."],
  logBytes: ["chhaya_log_bytes", "Length of the log."],
  connections: ["chhaya_connections", "Open connections."],
  relayed: ["chhaya_connections_relayed", "Open connections through a relay."],
  dhtPeers: ["chhaya_dht_peers", "Peers in the routing table."],
  gossipPeers: ["chhaya_gossip_peers", "Peers on the gossip mesh."],
  refusedPeers: ["chhaya_refused_peers", "Peers that are refused for now, for what they did."],
};

/** Prometheus metrics of a node. There are no labels that tell peers, contacts or directories apart. */
export class Metrics {
  readonly registry: Registry = new Registry();
  #network: Registry | undefined;
  readonly #events: Counter<"event">;

  constructor(read: () => Gauges) {
    const { registry } = this;
    collectDefaultMetrics({ register: registry });
    this.#events = new Counter({
      name: "chhaya_events_total",
      help: "What the engine told, by kind.",
      labelNames: ["event"],
      registers: [registry],
    });
    for (const [key, [name, help]] of Object.entries(HELP)) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [registry],
        collect: () => gauge.set(read()[key as keyof Gauges]),
      });
    }
  }

  /** A registry for the network that starts now; what an earlier one left goes. */
  forNetwork(): Registry {
    this.#network = new Registry();
    return this.#network;
  }

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    const parts = [await this.registry.metrics(), await this.#network?.metrics()];
    return parts.filter((part) => part !== undefined && part !== "").join("\n");
  }

  /** The kinds are a closed set: no peer can make new ones. */
  count({ kind }: EngineEvent): void {
    this.#events.inc({ event: kind });
  }
}

/** `/metrics` and `/health`, for this machine only. */
export class MetricsServer {
  readonly #server: Server;

  /** Rejects with what the system says, when the port is taken for instance. */
  static async listen(port: number, metrics: Metrics, isHealthy: () => boolean): Promise<MetricsServer> {
    const server = new MetricsServer(metrics, isHealthy);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(port, HOST, () => {
        server.#server.off("error", reject);
        resolve();
      });
    });
    return server;
  }

  private constructor(metrics: Metrics, isHealthy: () => boolean) {
    this.#server = createServer((request, response) => void answer(request, response, metrics, isHealthy));
    this.#server.headersTimeout = HEADERS_MS_MAX;
    this.#server.requestTimeout = HEADERS_MS_MAX;
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on("error", () => {});
  }

  /** Where it listens. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
  isHealthy: () => boolean,
): Promise<void> {
  const host = (request.headers.host ?? "").replace(/:\d+$/u, "");
  if (!HOSTS.has(host)) return end(response, 403, "text/plain", "for this machine only\n");
  if (request.method !== "GET") return end(response, 405, "text/plain", "only GET\n");
  if (request.url === "/metrics") return end(response, 200, metrics.registry.contentType, await metrics.text());
  if (request.url !== "/health") return end(response, 404, "text/plain", "there are /metrics and /health\n");
  const healthy = isHealthy();
  end(response, healthy ? 200 : 503, "application/json", `${JSON.stringify({ status: healthy ? "ok" : "stopped" })}\n`);
}

function end(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(body);
}
