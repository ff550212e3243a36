import { bytesToHex } from "@noble/hashes/utils.js";
import { cosign, judgeHead } from "../../quorum/index.ts";
import { equalConstantTime } from "../../safety/index.ts";
import { headHash, type SignedHead, signedHeadCodec, type Succession } from "../../tlog/index.ts";
import { logId } from "../../vkd/index.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { condemn } from "./conviction.ts";
import { isSound } from "./heads.ts";
import type { Answer } from "./messages.ts";
import { rolesSuspended } from "./suspension.ts";

/**
 * A witness is asked to cosign. What it signs it has made durable first: the record of the turn precedes the answer,
 * so whatever moment it is killed at, it signs nothing that does not descend from everything it signed before.
 */
export function witnessHead(node: NodeState, head: SignedHead, succession: Succession | undefined, turn: Turn): Answer {
  const { logs, roles } = node.directories;
  const anchor = roles.witness?.logs.find((candidate) => equalConstantTime(logId(node.suite, candidate), head.log));
  if (roles.witness === undefined || anchor === undefined) return { kind: "nothing" };
  if (rolesSuspended(node)) return { kind: "refused", code: "witness/suspended" };
  const id = bytesToHex(head.log);
  const followed = logs.get(id);
  // It may have signed another head of this epoch long ago: what it follows remembers more than the newest.
  if (followed !== undefined) isSound(node, followed, head, turn);
  if (followed?.evidence !== undefined) return { kind: "conflict", proof: followed.evidence };
  const key = `witness/${id}`;
  const last = node.store.get(key, signedHeadCodec);
  const judgement = judgeHead(node.suite, { id: head.log, key: anchor.key }, last, head, succession, turn.now);
  switch (judgement.kind) {
    case "cosign":
      if (judgement.head !== last) node.store.put(key, signedHeadCodec, judgement.head);
      return { kind: "cosigned", signature: cosign(node.suite, roles.witness.seed, headHash(node.suite, head)) };
    case "conflict":
      if (followed !== undefined) condemn(node, followed, judgement.evidence, turn);
      return { kind: "conflict", proof: judgement.evidence };
    case "refuse":
      turn.refuse(judgement.code);
      // Perhaps only the way from the head that it knows is missing.
      return judgement.code === "tlog/inconsistent" || judgement.code === "tlog/older"
        ? { kind: "behind", head: last }
        : { kind: "refused", code: judgement.code };
  }
}
