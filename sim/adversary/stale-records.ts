import { bytesToHex } from "@noble/hashes/utils.js";
import { stretchLabel } from "../../core/vkd/index.ts";
import type { SimLog, World } from "../world/index.ts";

/** From now on storing peers return, for the capsule of this label, what they have of it at this moment. */
export function keepOldCapsule(world: World, log: SimLog, label: string): void {
  const name = bytesToHex(stretchLabel(world.suite, log.anchor, label).address);
  const old = world.network.records.get(name)?.value;
  world.note({ kind: "fault", from: "storing peers", note: "old capsule" });
  world.network.alterRecords((value, address) => (bytesToHex(address) === name ? old : value));
}
