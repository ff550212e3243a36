import { bytesToHex } from "@noble/hashes/utils.js";
import { type CosignedHead, followRotations, type Rotation, termAt, verifyCosignature } from "../../quorum/index.ts";
import { equalConstantTime } from "../../safety/index.ts";
import { convict, headHash, type SignedHead, verifyEpoch, verifyHead } from "../../tlog/index.ts";
import { acceptHead, type LogView } from "../../vkd/index.ts";
import type { Address } from "../ports.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { condemn, spread } from "./conviction.ts";
import { ask, askInTurn } from "./exchange.ts";
import type { Announcement } from "./messages.ts";
import { deleteHead, saveHead, saveLog, saveRotations } from "./persistence.ts";
import { HEADS_KEPT_MAX, HEADS_SEEN_MAX, type Log, ROTATIONS_KEPT_MAX, serversOf } from "./state.ts";

/** What a verifier takes in, as it stands for this log now. */
export function viewOf(node: NodeState, log: Log, now: number): LogView {
  return {
    anchor: log.followed.anchor,
    terms: log.terms,
    last: log.newest?.head.head,
    now,
    headAgeMsMax: node.settings.headAgeMsMax,
  };
}

/** A head that somebody showed. Whatever it is, a second head of an epoch convicts its directory. */
export function consider(node: NodeState, log: Log, shown: Announcement, from: Address, turn: Turn): void {
  const { head } = shown.head;
  if (!isSound(node, log, head, turn)) return;
  const current = log.newest?.head.head;
  if (current !== undefined && head.epoch <= current.epoch) {
    if (!log.heads.has(head.epoch)) doubtOld(node, log, head, from, turn);
    return;
  }
  const code = adoptIfProven(node, log, shown, turn);
  switch (code) {
    case undefined:
      return;
    case "vkd/head-unlinked":
    case "vkd/head-inconsistent":
      chase(node, log, shown, from, turn);
      return;
    case "vkd/other-witnesses":
      seekRotations(node, log, shown, from, turn);
      return;
    default:
      turn.refuse(code);
  }
}

/**
 * Whether the directory signed the head and none of the same epoch is known that differs. The first head of an epoch
 * is remembered though it may never be accepted: a second one is evidence all the same.
 */
export function isSound(node: NodeState, log: Log, head: SignedHead, turn: Turn): boolean {
  if (log.evidence !== undefined) {
    turn.refuse("directory/convicted");
    return false;
  }
  if (!equalConstantTime(head.log, log.bytes) || !verifyHead(node.suite, log.followed.anchor.key, head)) {
    turn.refuse("vkd/head-signature");
    return false;
  }
  const known = log.heads.get(head.epoch) ?? log.seen.get(head.epoch) ?? log.replica?.head(head.epoch)?.head;
  if (known === undefined) {
    // Old heads that anybody can repeat must not push out what is not yet explained.
    const newest = log.newest?.head.head.epoch ?? 0;
    if (head.epoch > newest - HEADS_KEPT_MAX) log.seen.set(head.epoch, head);
    if (log.seen.size > HEADS_SEEN_MAX) log.seen.delete(log.seen.keys().next().value as number);
    return true;
  }
  const evidence = convict(node.suite, log.followed.anchor.key, known, head);
  if (evidence === undefined) return true;
  condemn(node, log, evidence, turn);
  return false;
}

/**
 * A head of an epoch that this node passed over: whoever serves the log is asked for theirs. One that differs convicts.
 */
function doubtOld(node: NodeState, log: Log, head: SignedHead, from: Address, turn: Turn): void {
  if (log.chasing) return;
  log.chasing = true;
  askInTurn(
    node,
    serversOf(log).filter((server) => server !== from),
    { kind: "head-at", log: log.bytes, epoch: head.epoch },
    turn,
    (answer, _, later) => {
      if (answer.kind !== "head" || answer.head.epoch !== head.epoch) return false;
      const evidence = convict(node.suite, log.followed.anchor.key, head, answer.head);
      if (evidence !== undefined) condemn(node, log, evidence, later);
      return true;
    },
    () => {
      log.chasing = false;
    },
  );
}

/** Adopts the head, or says why it is not to be believed. */
function adoptIfProven(node: NodeState, log: Log, shown: Announcement, turn: Turn) {
  const accepted = acceptHead(node.suite, viewOf(node, log, turn.now), shown.head, shown.succession);
  if (!accepted.ok) return accepted.error;
  if (!verifyEpoch(node.suite, shown.head.head, shown.epoch)) return "vkd/epoch" as const;
  adopt(node, log, shown, turn);
  return undefined;
}

/** A head that verified becomes the newest; the neighbours hear of it. */
export function adopt(node: NodeState, log: Log, shown: Announcement, turn: Turn): void {
  const { epoch, succession } = shown;
  const { head } = shown.head;
  log.newest = { head: shown.head, succession, epoch };
  log.heads.set(head.epoch, head);
  log.seen.delete(head.epoch);
  saveHead(node.store, log, head);
  for (const epoch of [...log.heads.keys()].sort((a, b) => a - b).slice(0, -HEADS_KEPT_MAX)) {
    log.heads.delete(epoch);
    deleteHead(node.store, log, epoch);
  }
  saveLog(node.store, log);
  log.gossipAt = turn.now + node.settings.headGossipMs;
  log.doubtedUntil = undefined;
  thaw(log, turn);
  turn.event({
    kind: "directory.head",
    log: log.id,
    epoch: head.epoch,
    hash: bytesToHex(headHash(node.suite, head)),
  });
  spread({ kind: "head", ...log.newest }, turn);
  node.directories.advanced.add(log);
}

/**
 * Somebody showed a head that is not shown to descend from the one held. Everybody who serves the log is asked for the
 * chain, and for the head that they hold in this node's epoch: heads chain, so a fork shows as two heads of an epoch.
 */
function chase(node: NodeState, log: Log, shown: Announcement, from: Address, turn: Turn): void {
  if (log.chasing || log.newest === undefined) return;
  log.chasing = true;
  const epochHeld = (): number => log.newest?.head.head.epoch ?? 0;
  const end = (later: Turn): void => {
    log.chasing = false;
    if (log.evidence !== undefined) return;
    if (epochHeld() >= shown.head.head.epoch || !isCosigned(node, log, shown.head)) return;
    freeze(log, "chain-refused", later);
  };
  const next = (targets: readonly Address[], later: Turn): void => {
    const [target, ...others] = targets.filter((address) => !node.profile.addresses.includes(address));
    if (target === undefined) {
      end(later);
      return;
    }
    const held = epochHeld();
    ask(node, target, { kind: "chain", log: log.bytes, from: held }, later, (chain, heard) => {
      if (chain.kind === "chain" && isSound(node, log, chain.head.head, heard)) {
        const behind = chain.head.head.epoch > epochHeld();
        const code = behind ? adoptIfProven(node, log, chain, heard) : "vkd/head-older";
        if (code === undefined || code === "vkd/other-witnesses") {
          end(heard);
          if (code !== undefined) seekRotations(node, log, chain, target, heard);
          return;
        }
      }
      // Others led this node on meanwhile, and the answer goes on from where it was.
      if (epochHeld() > held && epochHeld() < shown.head.head.epoch) {
        next(targets, heard);
        return;
      }
      ask(node, target, { kind: "head-at", log: log.bytes, epoch: held }, heard, (answer, told) => {
        if (answer.kind === "head" && answer.head.epoch === held) isSound(node, log, answer.head, told);
        if (log.evidence === undefined) next(others, told);
        else end(told);
      });
    });
  };
  next(serversOf(log, from), turn);
}

/** Whether enough of the witnesses in force in its epoch cosigned the head. */
export function isCosigned(node: NodeState, log: Log, { cosignature, head }: CosignedHead): boolean {
  const term = termAt(log.terms, head.epoch);
  return (
    term !== undefined && verifyCosignature(node.suite, term.set, headHash(node.suite, head), cosignature).ok === true
  );
}

/** The head is cosigned by a set that this node has not been led to yet. */
function seekRotations(node: NodeState, log: Log, shown: Announcement, from: Address, turn: Turn): void {
  if (log.chasing) return;
  log.chasing = true;
  const sequence = log.terms.at(-1)?.sequence ?? 0;
  askInTurn(
    node,
    serversOf(log, from),
    { kind: "rotations", log: log.bytes, after: sequence },
    turn,
    (answer, _, later) => answer.kind === "rotations" && follow(node, log, answer.rotations, later),
    (followed, later) => {
      log.chasing = false;
      if (followed) consider(node, log, shown, from, later);
      else later.refuse("vkd/other-witnesses");
    },
  );
}

/** Adopts rotations that lead on from the set in force; false when they do not. */
export function follow(node: NodeState, log: Log, rotations: readonly Rotation[], turn: Turn): boolean {
  const last = log.terms.at(-1);
  const fresh = rotations.filter((rotation) => rotation.sequence > (last?.sequence ?? 0));
  if (last === undefined || fresh.length === 0 || log.evidence !== undefined) return false;
  if (log.rotations.length + fresh.length > ROTATIONS_KEPT_MAX) {
    turn.refuse("directory/too-many-rotations");
    return false;
  }
  const followed = followRotations(node.suite, log.bytes, last, fresh);
  if (!followed.ok) {
    turn.refuse(followed.error);
    return false;
  }
  log.terms = [...log.terms, ...followed.value];
  log.rotations = [...log.rotations, ...fresh];
  saveRotations(node.store, log);
  for (const rotation of fresh) spread({ kind: "rotation", rotation }, turn);
  return true;
}

/** Asks one server for the newest head. */
export function poll(node: NodeState, log: Log, turn: Turn): void {
  if (log.polling) return;
  log.polling = true;
  const servers = serversOf(log);
  const [draw = 0] = node.random.bytes(1);
  const turned = [...servers.slice(draw % servers.length), ...servers.slice(0, draw % servers.length)];
  const from = log.newest?.head.head.epoch ?? 0;
  askInTurn(
    node,
    turned,
    { kind: "chain", log: log.bytes, from },
    turn,
    (answer, target, later) => {
      if (answer.kind !== "chain") return false;
      consider(node, log, answer, target, later);
      return (log.newest?.head.head.epoch ?? 0) > from;
    },
    () => {
      log.polling = false;
    },
  );
}

export function freeze(log: Log, reason: "stalled" | "chain-refused", turn: Turn): void {
  if (log.frozen !== undefined || log.evidence !== undefined) return;
  log.frozen = reason;
  turn.event({ kind: "directory.frozen", log: log.id, reason });
}

function thaw(log: Log, turn: Turn): void {
  if (log.frozen === undefined) return;
  log.frozen = undefined;
  turn.event({ kind: "directory.thawed", log: log.id });
}
