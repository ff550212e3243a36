import { RELAY_V2_HOP_CODEC } from "@libp2p/circuit-relay-v2";
import type { Connection, Stream } from "@libp2p/interface";
import { peerIdFromMultihash } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { decode } from "multiformats/hashes/digest";
import type { Host } from "../../../sim/wire/index.ts";
import { KAD_PROTOCOL } from "../../libp2p/dht/index.ts";
import { framed, unframer } from "./frames.ts";
import type { Ground } from "./ground.ts";
import { calledIn, firstMessage, granted, putThrough } from "./hop.ts";
import { kadMessage, readRequest } from "./kad.ts";
import { barePeer, maskOf } from "./peer.ts";

/** What it does with the circuits through it, once both ends believe in them. */
export const TRICKS = ["swallow", "delay", "cut", "refuse"] as const;
type Trick = (typeof TRICKS)[number];

const PORT = 5_000;
const GRANTED_S = 1_200;
const DELAY_MS = 15_000;
/** An honest handshake, and little more. */
const HONEST_BYTES = 1_000;

export interface FalseRelayCounts {
  /** Reservations that it granted. */
  granted: number;
  /** Circuits that it was to carry. */
  trapped: number;
}

/**
 * A relay that grants everybody a reservation and lets nobody through: it swallows what circuits carry, delays it beyond
 * use, cuts them, or says that nobody is there. It is met in the DHT, where it stands as a server.
 */
export async function falseRelay(
  ground: Ground,
  number: number,
  host: Host,
  trick: Trick,
  acquaintances: readonly string[],
  counts: FalseRelayCounts,
): Promise<Libp2p> {
  const mask = await maskOf(ground.stream.child(`relay ${number}`).bytes(32));
  ground.know(number, mask.peer);
  const network = await barePeer(host, mask, PORT);

  const carry = (from: Stream, to: Stream): void => {
    let carried = 0;
    from.addEventListener("message", ({ data }) => {
      const bytes = data.subarray().slice();
      carried += bytes.length;
      if (carried <= HONEST_BYTES) pass(to, bytes);
      else if (trick === "delay") ground.kernel.after(DELAY_MS, () => pass(to, bytes));
      else if (trick === "cut") for (const end of [from, to]) end.abort(new Error("cut"));
    });
  };

  const serve = async (stream: Stream, connection: Connection): Promise<void> => {
    const message = await firstMessage(stream);
    const wanted = calledIn(message);
    if (wanted === undefined) {
      counts.granted++;
      stream.send(granted(Math.floor(ground.kernel.now / 1_000) + GRANTED_S));
      await stream.close();
      return;
    }
    counts.trapped++;
    const [called] = trick === "refuse" ? [] : network.getConnections(peerIdFromMultihash(decode(wanted)));
    const other = await putThrough(stream, connection.remotePeer.toMultihash().bytes, called);
    if (other === undefined) return;
    carry(stream, other);
    carry(other, stream);
  };

  const answer = (stream: Stream): void => {
    const take = unframer((message) => {
      const request = readRequest(message);
      if (request !== undefined) pass(stream, framed(kadMessage(request.type, request.key)));
    });
    stream.addEventListener("message", ({ data }) => take(data.subarray()));
    stream.addEventListener("remoteCloseWrite", () => void stream.close().catch(() => {}));
  };

  await network.handle(RELAY_V2_HOP_CODEC, (stream, connection) => void serve(stream, connection).catch(() => {}), {
    maxInboundStreams: 1_000,
  });
  await network.handle(KAD_PROTOCOL, answer, { maxInboundStreams: 1_000 });
  for (const acquaintance of acquaintances) {
    for (const address of ground.addressesOf(acquaintance)) void network.dial(multiaddr(address)).catch(() => {});
  }
  return network;
}

/** Whatever the other end did to a stream. */
function pass(to: Stream, bytes: Uint8Array): void {
  try {
    to.send(bytes);
  } catch {
    // It is closed.
  }
}
