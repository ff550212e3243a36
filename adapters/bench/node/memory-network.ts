import type { NodeEnvironment } from "../../node/index.ts";

type NodeTransport = Awaited<ReturnType<NonNullable<NodeEnvironment["startNetwork"]>>>;
type Handler = (from: string, bytes: Uint8Array) => void;

/** A network within the process, without faults and without gossip; a name is an address. */
export class MemoryNetwork {
  readonly #handlers = new Map<string, Handler>();
  readonly #records = new Map<string, Uint8Array>();

  enter(name: string): NodeTransport {
    const handlers = this.#handlers;
    const records = this.#records;
    return {
      addresses: [name],
      onRelocated() {},
      send: (to, bytes) => void setImmediate(() => handlers.get(to)?.(name, bytes)),
      onReceive: (handler) => void handlers.set(name, handler),
      putRecord: (address, value) => void records.set(Buffer.from(address).toString("hex"), value),
      getRecord: (address, done) => void setImmediate(() => done(records.get(Buffer.from(address).toString("hex")))),
      publish() {},
      onGossip() {},
      ask: (_to, _bytes, done) => void setImmediate(() => done(undefined)),
      onQuestion() {},
      addPeer: () => true,
      status: () => ({
        peer: name,
        addresses: [name],
        connections: { total: 0, relayed: 0, byTransport: {} },
        reachability: "unknown",
        relays: [],
        dht: { mode: "off", peers: 0 },
        gossip: { peers: 0, mesh: 0 },
        refusedPeers: 0,
      }),
      stop: async () => this.leave(name),
    };
  }

  leave(name: string): void {
    this.#handlers.delete(name);
  }
}
