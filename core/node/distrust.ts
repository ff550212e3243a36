import { restartPrekeys } from "../identity/index.ts";
import { endSessions } from "./conversation.ts";
import { abandon } from "./handshaking.ts";
import { suspendRoles } from "./directory/index.ts";
import { forgetReplays, prekeyKey } from "./publication.ts";
import { SEQUENCE_JUMP } from "./settings.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** After damage to the log nothing may be used that might have been used before. */
export function distrust(node: NodeState, turn: Turn): void {
  for (const peer of node.peers.values()) {
    peer.outgoing.next += SEQUENCE_JUMP;
    peer.dirty.add("peer");
    abandon(node, peer);
    if (peer.current !== undefined || peer.next !== undefined) endSessions(node, peer, "log-damaged", turn);
  }
  for (const id of node.prekeys.oneTime.keys()) node.store.delete(prekeyKey(id));
  node.prekeys = restartPrekeys(node.random, node.prekeys, turn.now);
  forgetReplays(node);
  node.dirty.add("prekeys");
  suspendRoles(node, turn);
  node.publishAt = turn.now;
}
