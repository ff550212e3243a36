import type { CircuitRelayServerComponents } from "@libp2p/circuit-relay-v2";
import type { Connection, PeerId, Stream, StreamHandler } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { withCircuits } from "./relay-circuits.ts";
import { Circuits } from "./relay-room.ts";

const CALLED = { toString: () => "called" } as PeerId;

class PlainStream extends EventTarget {
  reason: string | undefined;

  abort(failure: Error): void {
    this.reason = failure.message;
    this.dispatchEvent(new Event("close"));
  }

  send(): boolean {
    return true;
  }
}

function connectionFrom(ip: string, opened: PlainStream[], limits?: object): Connection {
  const newStream = (): Promise<PlainStream> => {
    const stream = new PlainStream();
    opened.push(stream);
    return Promise.resolve(stream);
  };
  return { remoteAddr: multiaddr(`/ip4/${ip}/tcp/1`), remotePeer: CALLED, limits, newStream } as unknown as Connection;
}

/** A relay for one peer, with these connections to it, that has room for `max` circuits. */
function relay(max: number, connections: readonly Connection[]) {
  let handler: StreamHandler = () => {};
  const components = withCircuits(
    {
      connectionManager: { getConnections: () => connections },
      registrar: { handle: (_protocol: string, given: StreamHandler) => (handler = given) },
    } as unknown as CircuitRelayServerComponents,
    new Circuits(max),
  );
  // As the library does.
  void components.registrar.handle("hop", async () => {
    await components.connectionManager.getConnections(CALLED)[0]?.newStream("stop");
  });
  /** Somebody calls; the caller's stream, once it is put through. */
  return async (ip: string): Promise<PlainStream> => {
    const caller = new PlainStream();
    await handler(caller as unknown as Stream, connectionFrom(ip, []));
    return caller;
  };
}

test("a peer is called by the direct connection that it opened last", async () => {
  const [old, fresh, relayed]: PlainStream[][] = [[], [], []];
  const call = relay(8, [
    connectionFrom("20.0.0.1", old ?? []),
    connectionFrom("20.0.0.2", fresh ?? []),
    connectionFrom("20.0.0.3", relayed ?? [], {}),
  ]);
  await call("30.0.0.1");
  expect([old, fresh, relayed].map((opened) => opened?.length)).toEqual([0, 1, 0]);
});

test("one more circuit than there is room for ends that of a crowd, at both ends, or is refused to the crowd", async () => {
  const opened: PlainStream[] = [];
  const call = relay(2, [connectionFrom("20.0.0.1", opened)]);
  const first = await call("30.0.0.1");
  const second = await call("30.0.0.2");
  await expect(call("30.0.0.3")).rejects.toThrow("no room");
  await call("40.0.0.1");
  expect([first.reason, second.reason]).toEqual([undefined, "others need the room"]);
  expect(opened.map(({ reason }) => reason)).toEqual([undefined, "others need the room", undefined]);
  first.abort(new Error("over"));
  await call("50.0.0.1");
  expect(opened).toHaveLength(4);
});
