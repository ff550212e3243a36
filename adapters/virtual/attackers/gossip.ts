import { RPC } from "@libp2p/gossipsub/message";
import type { Connection, Stream } from "@libp2p/interface";
import { TOPIC } from "../../libp2p/mesh/index.ts";
import { framed } from "./frames.ts";

export const GOSSIP_PROTOCOL = "/meshsub/1.1.0";

type Control = Partial<NonNullable<RPC["control"]>>;

/** What a frame of gossip holds. */
export function rpc(parts: Partial<RPC>): Uint8Array {
  return RPC.encode({ subscriptions: [], messages: [], ...parts });
}

/** Of one that holds lists of names, and what else there is. */
export function controlRpc(lists: Control, parts: Partial<RPC> = {}): Uint8Array {
  return rpc({ ...parts, control: { ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...lists } });
}

/** Wants to be a neighbour on the mesh. */
export const GRAFT: Uint8Array = framed(controlRpc({ graft: [{ topicID: TOPIC }] }));
const JOIN: Uint8Array = framed(
  controlRpc({ graft: [{ topicID: TOPIC }] }, { subscriptions: [{ subscribe: true, topic: TOPIC }] }),
);

/** Subscribes, and asks to be a neighbour at once. Rejects when the other end will not have it. */
export async function joinMesh(connection: Connection): Promise<Stream> {
  const stream = await connection.newStream(GOSSIP_PROTOCOL);
  stream.send(JOIN);
  return stream;
}
