import {
  type Listener,
  type ListenerEvents,
  ListenError,
  type Logger,
  setMaxListeners,
  TypedEventEmitter,
  type Upgrader,
} from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Host, Listening, Wire } from "../../sim/wire/index.ts";
import { WireConnection } from "./connection.ts";
import { endpointOf, multiaddrOf } from "./endpoint.ts";

const ANY = "0.0.0.0";

/** Takes the wires that are opened to one port of a host, and has them upgraded. */
export class WireListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #host: Host;
  readonly #upgrader: Upgrader;
  readonly #log: Logger;
  readonly #connections = new Set<WireConnection>();
  readonly #shutdown = new AbortController();
  #listening: Listening | undefined;

  constructor(host: Host, upgrader: Upgrader, log: Logger) {
    super();
    this.#host = host;
    this.#upgrader = upgrader;
    this.#log = log;
    // Every upgrade under way listens.
    setMaxListeners(Infinity, this.#shutdown.signal);
  }

  get port(): number | undefined {
    return this.#listening?.port;
  }

  /** Rejects with a ListenError when the address is not of this host, or the port is taken. */
  async listen(address: Multiaddr): Promise<void> {
    const { ip, port } = endpointOf(address);
    if (ip !== ANY && ip !== this.#host.localIp) throw new ListenError(`no address of this host: ${ip}`);
    try {
      this.#listening = this.#host.listen(port, (wire) => this.#take(wire));
    } catch (failure) {
      throw new ListenError(String(failure));
    }
    this.safeDispatchEvent("listening");
  }

  #take(wire: Wire): void {
    const connection = new WireConnection(wire, multiaddrOf(wire.remote), this.#log);
    this.#connections.add(connection);
    connection.addEventListener("close", () => this.#connections.delete(connection));
    this.#upgrader
      .upgradeInbound(connection, { signal: this.#shutdown.signal })
      .catch((failure: Error) => connection.abort(failure));
  }

  /** Where this host sees itself, which is elsewhere when it has moved. */
  getAddrs(): Multiaddr[] {
    return this.#listening === undefined ? [] : [multiaddrOf({ ip: this.#host.localIp, port: this.#listening.port })];
  }

  updateAnnounceAddrs(): void {}

  close(): Promise<void> {
    this.#listening?.close();
    this.#listening = undefined;
    this.#shutdown.abort();
    for (const connection of [...this.#connections]) connection.end();
    queueMicrotask(() => this.safeDispatchEvent("close"));
    return Promise.resolve();
  }
}
