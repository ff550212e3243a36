import { boolean } from "../../codec/index.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";

const KEY = "roles-suspended";

/** After damage to the log: nothing may be signed where something that was signed before could be forgotten. */
export function suspendRoles(node: NodeState, turn: Turn): void {
  const { directory, witness } = node.directories.roles;
  if (directory === undefined && witness === undefined) return;
  node.store.put(KEY, boolean, true);
  if (witness !== undefined) turn.event({ kind: "role.suspended", role: "witness" });
  if (directory !== undefined) turn.event({ kind: "role.suspended", role: "directory" });
}

export function rolesSuspended(node: NodeState): boolean {
  return node.store.has(KEY);
}
