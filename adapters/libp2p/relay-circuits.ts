import { AsyncLocalStorage } from "node:async_hooks";
import type { CircuitRelayServerComponents } from "@libp2p/circuit-relay-v2";
import type { Connection, Stream, StreamHandler } from "@libp2p/interface";
import { hold } from "./relay-backpressure.ts";
import type { Circuits } from "./relay-room.ts";

/** Whoever asks for a circuit. */
interface Caller {
  readonly stream: Stream;
  readonly connection: Connection;
}

/**
 * libp2p as the relay is to see it, so that circuits hold no more than they may, lead to a peer by the way that it came by
 * last, and are no more than there is room for.
 */
export function withCircuits(
  components: CircuitRelayServerComponents,
  circuits: Circuits,
): CircuitRelayServerComponents {
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
  const asking = new AsyncLocalStorage<Caller>();
  const joined = (connection: Connection): Connection =>
    Object.assign(Object.create(connection) as Connection, {
      newStream: async (...how: Parameters<Connection["newStream"]>) => {
        const caller = asking.getStore();
        if (caller === undefined) return connection.newStream(...how);
        return join(caller, connection, how, circuits);
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
      // The library takes the first: of a peer that came back on another way, that would be the dead one.
      getConnections: (...whose: Parameters<typeof connectionManager.getConnections>) =>
        connectionManager
          .getConnections(...whose)
          .filter(({ limits }) => limits === undefined)
          .map(joined)
          .toReversed(),
    }),
    registrar: Object.assign(Object.create(registrar) as typeof registrar, {
      handle: (protocol: string, handler: StreamHandler, options: Parameters<typeof registrar.handle>[2]) =>
        registrar.handle(
          protocol,
          (stream, connection) => asking.run({ stream, connection }, () => handler(stream, connection)),
          options,
        ),
    }),
  };
}

async function join(
  { connection: { remoteAddr: addr }, stream: caller }: Caller,
  connection: Connection,
  how: Parameters<Connection["newStream"]>,
  circuits: Circuits,
): Promise<Stream> {
  let called: Stream | undefined;
  const end = (): void => {
    for (const stream of [caller, called]) stream?.abort(new Error("others need the room"));
  };
  const closed = circuits.open({ addr, to: connection.remotePeer.toString(), end });
  if (closed === false) throw new Error("no room for another circuit");
  caller.addEventListener("close", closed);
  called = await connection.newStream(...how);
  hold(caller, called);
  hold(called, caller);
  return called;
}
