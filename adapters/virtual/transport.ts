import {
  AbortError,
  type ComponentLogger,
  type Connection,
  ConnectionFailedError,
  type CreateListenerOptions,
  type DialTransportOptions,
  type Listener,
  type Logger,
  serviceCapabilities,
  type Transport,
  transportSymbol,
} from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { DialFailure, Host } from "../../sim/wire/index.ts";
import { WireConnection } from "./connection.ts";
import { endpointOf, isEndpoint } from "./endpoint.ts";
import { WireListener } from "./listener.ts";

export interface WireTransportOptions {
  /** Dials come from the port that the host listens at, when it does, as hole punching through a NAT needs it. */
  readonly reusePort?: boolean;
}

const REASONS: Readonly<Record<DialFailure, string>> = {
  refused: "connection refused",
  unreachable: "network is unreachable",
};

/** A libp2p transport over the wires of one simulated host, in the place of @libp2p/tcp. */
export function wireTransport(
  host: Host,
  options: WireTransportOptions = {},
): (components: { readonly logger: ComponentLogger }) => Transport {
  return ({ logger }) => new WireTransport(host, options, logger.forComponent("chhaya:wires"));
}

class WireTransport implements Transport {
  readonly #host: Host;
  readonly #options: WireTransportOptions;
  readonly #log: Logger;
  #listener: WireListener | undefined;
  readonly [transportSymbol] = true;
  readonly [Symbol.toStringTag] = "chhaya-wires";
  readonly [serviceCapabilities]: string[] = ["@libp2p/transport"];

  constructor(host: Host, options: WireTransportOptions, log: Logger) {
    this.#host = host;
    this.#options = options;
    this.#log = log;
  }

  /** Rejects with an AbortError, a ConnectionFailedError, or what the upgrade failed of. */
  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    options.signal.throwIfAborted();
    const connection = await this.#connect(address, options.signal);
    try {
      return await options.upgrader.upgradeOutbound(connection, options);
    } catch (failure) {
      connection.abort(failure as Error);
      throw failure;
    }
  }

  #connect(address: Multiaddr, signal: AbortSignal): Promise<WireConnection> {
    const { ip, port } = endpointOf(address);
    const localPort = this.#options.reusePort === true ? this.#listener?.port : undefined;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        cancel();
        reject(new AbortError());
      };
      const cancel = this.#host.dial(
        ip,
        port,
        (outcome) => {
          signal.removeEventListener("abort", onAbort);
          if (typeof outcome === "string") reject(new ConnectionFailedError(`${REASONS[outcome]}: ${ip}:${port}`));
          else resolve(new WireConnection(outcome, address, this.#log));
        },
        localPort === undefined ? {} : { localPort },
      );
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  createListener({ upgrader }: CreateListenerOptions): Listener {
    const listener = new WireListener(this.#host, upgrader, this.#log);
    this.#listener ??= listener;
    return listener;
  }

  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter(isEndpoint);
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter(isEndpoint);
  }
}
