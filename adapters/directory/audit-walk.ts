import { type CosignedHead, verifyCosignature, witnessSetId } from "../../core/quorum/index.ts";
import { AssertionFailure, equalConstantTime } from "../../core/safety/index.ts";
import { headHash, type SignedHead, verifyEpoch, verifyHead, verifySuccession } from "../../core/tlog/index.ts";
import { verifyAudit } from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { readChanges } from "./content.ts";
import type { DirectoryFolder } from "./directory-folder.ts";

export type AuditCheck =
  /** The index has the head of that epoch. */
  | "head"
  /** The directory signed it, for this log and epoch. */
  | "signature"
  /** Enough of the witnesses in force cosigned it. */
  | "witnesses"
  /** It names the head before by its hash, its log continues that one's, and time does not run backwards. */
  | "chain"
  /** The log has the epoch's leaf. */
  | "leaf"
  /** The change list that the leaf names is there and is what its address says. */
  | "change list"
  /** The changes added to the tree before give the tree of the epoch: nothing altered, nothing removed. */
  | "changes"
  /** Every node of the tree is there and hashes to its name. */
  | "tree"
  /** The log has the head that a verifier accepted last. */
  | "accepted head";

export interface AuditFailure {
  readonly epoch: number;
  readonly check: AuditCheck;
  /** A stable code, or what is wrong with the index. */
  readonly why: string;
}

export interface AuditedEpoch {
  readonly epoch: number;
  /** Undefined when there is none that can be read. */
  readonly head: CosignedHead | undefined;
  /** Leaves that it added; 0 where that could not be told. */
  readonly changes: number;
  /** Undefined when everything holds. */
  readonly failure: AuditFailure | undefined;
}

/** Audits the epochs in order, each against the head and the tree before it: everything that they state is proved again. */
export function* auditEpochs(
  folder: DirectoryFolder,
  from: number,
  to: number,
): Generator<AuditedEpoch, void, undefined> {
  for (let epoch = from; epoch <= to; epoch++) yield auditEpoch(folder, epoch);
}

function auditEpoch(folder: DirectoryFolder, epoch: number): AuditedEpoch {
  const { anchor, index, registry } = folder;
  const { log, replica } = registry;
  let check: AuditCheck = "head";
  let cosigned: CosignedHead | undefined;
  let changes = 0;
  const failed = (why: string): AuditedEpoch => ({ epoch, head: cosigned, changes, failure: { epoch, check, why } });
  try {
    cosigned = replica.head(epoch);
    if (cosigned === undefined) return failed("it is missing from the index");
    const { cosignature, head } = cosigned;

    check = "signature";
    if (!equalConstantTime(head.log, log)) return failed("vkd/other-log");
    if (head.epoch !== epoch) return failed(`it is of epoch ${head.epoch}`);
    if (!verifyHead(nativeSuite, anchor.key, head)) return failed("vkd/head-signature");

    check = "witnesses";
    if (!equalConstantTime(head.witnesses, witnessSetId(nativeSuite, anchor.witnesses))) {
      return failed("vkd/other-witnesses");
    }
    const signed = verifyCosignature(nativeSuite, anchor.witnesses, headHash(nativeSuite, head), cosignature);
    if (!signed.ok) return failed(signed.error);

    check = "chain";
    const previous = epoch === 1 ? undefined : replica.head(epoch - 1)?.head;
    if (epoch > 1 && previous === undefined) return failed("the head before is missing from the index");
    if (previous !== undefined) {
      const succeeds = verifySuccession(nativeSuite, previous, head, replica.succession(previous, head));
      if (!succeeds.ok) return failed(succeeds.error);
    }

    check = "leaf";
    const proof = replica.epochProof(epoch);
    if (!verifyEpoch(nativeSuite, head, proof)) return failed("vkd/epoch");
    // Reads the subtrees that the epoch completes, too: later proofs rest on them.
    if (!equalConstantTime(replica.logRoot(epoch), head.root)) return failed("the log has another root");

    check = "change list";
    const leaves = readChanges(index, log, proof.leaf);
    if (!leaves.ok) return failed(leaves.error);
    changes = leaves.value.length;

    check = "changes";
    const old = replica.tree(
      epoch - 1,
      leaves.value.map((leaf) => leaf.index),
    );
    const audited = verifyAudit(nativeSuite, replica.treeRoot(epoch - 1), proof.leaf.root, {
      old,
      leaves: leaves.value,
    });
    return audited.ok ? { epoch, head: cosigned, changes, failure: undefined } : failed(audited.error);
  } catch (failure) {
    if (failure instanceof AssertionFailure) return failed(failure.message);
    throw failure;
  }
}

/**
 * What is left to check after {@link auditEpochs} up to `to`, in which `changes` leaves came in all if it began with
 * the first epoch. Reads the whole tree: then every node of every one of the trees has been seen, for what an epoch
 * does not share with the next lies on the paths of what the next one adds.
 */
export function auditEnd(
  folder: DirectoryFolder,
  to: number,
  changes: number | undefined,
  accepted: SignedHead | undefined,
): AuditFailure[] {
  const found = [auditTree(folder, to, changes), auditBeyond(folder), accepted && auditAccepted(folder, accepted)];
  return found.filter((failure) => failure !== undefined);
}

function auditTree(
  { registry: { replica } }: DirectoryFolder,
  epoch: number,
  changes: number | undefined,
): AuditFailure | undefined {
  const failed = (why: string): AuditFailure => ({ epoch, check: "tree", why });
  try {
    let leaves = 0;
    for (const _ of replica.leaves(epoch)) leaves++;
    return changes === undefined || changes === leaves
      ? undefined
      : failed(`it has ${leaves} leaves, and the epochs added ${changes}`);
  } catch (failure) {
    if (failure instanceof AssertionFailure) return failed(failure.message);
    throw failure;
  }
}

/** A log whose end was cut off may have left more than its index counts. */
function auditBeyond({ registry: { replica } }: DirectoryFolder): AuditFailure | undefined {
  const epoch = replica.epoch + 1;
  try {
    if (replica.head(epoch) === undefined) return undefined;
  } catch (failure) {
    if (!(failure instanceof AssertionFailure)) throw failure;
  }
  return { epoch, check: "head", why: `the index has one, though it counts ${replica.epoch} epochs` };
}

/** Whether the log still has a head that was accepted once: if not, it was rolled back or forked. */
function auditAccepted(folder: DirectoryFolder, accepted: SignedHead): AuditFailure | undefined {
  const { log, replica } = folder.registry;
  const { epoch } = accepted;
  const failed = (why: string): AuditFailure => ({ epoch, check: "accepted head", why });
  if (!equalConstantTime(accepted.log, log)) return failed("it is of another log");
  if (epoch > replica.epoch) return failed(`the log ends at epoch ${replica.epoch}: it was rolled back`);
  try {
    const held = replica.head(epoch);
    if (held === undefined) return failed("it is missing from the index");
    const same = equalConstantTime(headHash(nativeSuite, held.head), headHash(nativeSuite, accepted));
    return same ? undefined : failed("the log has another head of that epoch: it was forked");
  } catch (failure) {
    if (failure instanceof AssertionFailure) return failed(failure.message);
    throw failure;
  }
}
