import { AsyncLocalStorage } from "node:async_hooks";
import type { CircuitRelayServerComponents } from "@libp2p/circuit-relay-v2";
import type { Connection, Stream, StreamHandler } from "@libp2p/interface";

/** What one direction of a circuit may hold; beyond it the sender is not read until half has been passed on. */
export const CIRCUIT_BACKLOG_BYTES_MAX = 262_144;

/**
 * The library joins the two streams of a circuit by queues without bound: whoever sends faster than the other end
 * takes fills the relay's memory. Given these components it does not: each stream is paused while its circuit is behind.
 * (A QUIC stream cannot be paused; it is reset once its own buffer of 4 MiB is full.)
 */
export function withBackpressure(components: CircuitRelayServerComponents): CircuitRelayServerComponents {
  const {
    addressManager,
    connectionGater,
    connectionManager,
    logger,
    metrics,
    peerId,
    peerStore,
    privateKey,
    registrar,
  } = components;
  const asking = new AsyncLocalStorage<Stream>();
  const joined = (connection: Connection): Connection =>
    Object.assign(Object.create(connection) as Connection, {
      newStream: async (...how: Parameters<Connection["newStream"]>) => {
        const called = await connection.newStream(...how);
        const caller = asking.getStore();
        if (caller !== undefined) {
          hold(caller, called);
          hold(called, caller);
        }
        return called;
      },
    });
  return {
    addressManager,
    connectionGater,
    logger,
    peerId,
    peerStore,
    privateKey,
    ...(metrics === undefined ? {} : { metrics }),
    connectionManager: Object.assign(Object.create(connectionManager) as typeof connectionManager, {
      getConnections: (...whose: Parameters<typeof connectionManager.getConnections>) =>
        connectionManager.getConnections(...whose).map(joined),
    }),
    registrar: Object.assign(Object.create(registrar) as typeof registrar, {
      handle: (protocol: string, handler: StreamHandler, options: Parameters<typeof registrar.handle>[2]) =>
        registrar.handle(
          protocol,
          (stream, connection) => asking.run(stream, () => handler(stream, connection)),
          options,
        ),
    }),
  };
}

/** Pauses `from` while more of what came from it waits than it may, until `to` was given half of it. */
export function hold(from: Stream, to: Stream): void {
  let backlog = 0;
  let held = false;
  const send = to.send.bind(to);
  from.addEventListener("message", ({ data }) => {
    backlog += data.byteLength;
    if (held || backlog <= CIRCUIT_BACKLOG_BYTES_MAX) return;
    held = true;
    from.pause();
  });
  to.send = (data) => {
    backlog = Math.max(backlog - data.byteLength, 0);
    if (held && backlog <= CIRCUIT_BACKLOG_BYTES_MAX / 2) {
      held = false;
      if (from.readStatus === "paused") from.resume();
    }
    return send(data);
  };
}
