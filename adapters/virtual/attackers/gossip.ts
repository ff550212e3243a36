import { RPC } from "@libp2p/gossipsub/message";
import type { Connection, Stream } from "@libp2p/interface";
import { TOPIC } from "../../libp2p/mesh/index.ts";
import { framed } from "./frames.ts";

export const GOSSIP_PROTOCOL = "/meshsub/1.1.0";

type Control = Partial<NonNullable<RPC["control"]>>;

/** One frame of gossip. */
export function rpc(control: Control, rest: Partial<RPC> = {}): Uint8Array {
  const none = { ihave: [], iwant: [], graft: [], prune: [], idontwant: [] };
  return framed(RPC.encode({ subscriptions: [], messages: [], ...rest, control: { ...none, ...control } }));
}

/** Wants to be a neighbour on the mesh. */
export const GRAFT: Uint8Array = rpc({ graft: [{ topicID: TOPIC }] });
const JOIN: Uint8Array = rpc({ graft: [{ topicID: TOPIC }] }, { subscriptions: [{ subscribe: true, topic: TOPIC }] });

/** Subscribes, and asks to be a neighbour at once. Rejects when the other end will not have it. */
export async function joinMesh(connection: Connection): Promise<Stream> {
  const stream = await connection.newStream(GOSSIP_PROTOCOL);
  stream.send(JOIN);
  return stream;
}
