import { encode } from "../../codec/index.ts";
import { type Equivocation, verifyEquivocation } from "../../tlog/index.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { type Gossip, gossipCodec } from "./messages.ts";
import { saveLog } from "./persistence.ts";
import type { Log } from "./state.ts";

/** Gives a message to the neighbours, who forward it once they have verified it. */
export function spread(message: Gossip, turn: Turn): void {
  turn.effects.push({ kind: "publish", bytes: encode(gossipCodec, message) });
}

/** Evidence that somebody showed; false, and nothing changes, when it proves nothing against this log. */
export function condemnIfProven(node: NodeState, log: Log, evidence: Equivocation, turn: Turn): boolean {
  const proven = verifyEquivocation(node.suite, log.bytes, log.followed.anchor.key, evidence);
  if (proven) condemn(node, log, evidence, turn);
  else turn.refuse("directory/no-equivocation");
  return proven;
}

/** Two heads of one epoch: the log is refused for good, everybody hears why, and the user hears whom it vouched for. */
export function condemn(node: NodeState, log: Log, evidence: Equivocation, turn: Turn): void {
  if (log.evidence !== undefined) return;
  log.evidence = evidence;
  saveLog(node.store, log);
  tell(node, log, evidence, turn);
}

/** After a start: a crash may have come between what was made durable and the telling. */
export function tellConvictions(node: NodeState, turn: Turn): void {
  for (const log of node.directories.logs.values()) {
    if (log.evidence !== undefined) tell(node, log, log.evidence, turn);
  }
}

function tell(node: NodeState, log: Log, evidence: Equivocation, turn: Turn): void {
  const vouched = [...node.contacts.values()].filter((contact) => contact.vouches.some(({ id }) => id === log.id));
  turn.event({
    kind: "directory.convicted",
    log: log.id,
    epoch: evidence.a.epoch,
    contacts: vouched.map((contact) => contact.account),
  });
  spread({ kind: "equivocation", log: log.bytes, proof: evidence }, turn);
}
