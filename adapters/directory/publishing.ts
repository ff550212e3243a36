import { array, bytes, struct, text, uint } from "../../core/codec/index.ts";
import { combine, type CosignedHead, verifyPart, WITNESSES_MAX, witnessSetId } from "../../core/quorum/index.ts";
import { assert, equalConstantTime } from "../../core/safety/index.ts";
import { BLS_SIGNATURE_BYTES } from "../../core/suite/index.ts";
import { headHash, SIGNED_HEAD_BYTES_MAX, type SignedHead, signedHeadCodec } from "../../core/tlog/index.ts";
import { type Decision, LABEL_BYTES_MAX, Overlay } from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { decisionFile, type DirectoryFolder, PENDING_MAX } from "./directory-folder.ts";
import { FolderError } from "./folder-error.ts";
import { type Line, lineOf } from "./line.ts";
import { loadLine, removeFile, saveLine } from "./state-file.ts";
import type { WitnessAnswer, WitnessFolder } from "./witness-folder.ts";

/** An epoch that was signed and is not in the index yet. No other head of that epoch is ever signed. */
export interface Decided {
  readonly head: SignedHead;
  /** Whose pending registrations it holds, in order. */
  readonly labels: readonly string[];
  /** Verified cosignatures so far, by the member's place in the set. */
  readonly parts: readonly { readonly place: number; readonly signature: Uint8Array }[];
}

const PART_BYTES_MAX = 2 + 2 + BLS_SIGNATURE_BYTES;

const decidedLine: Line<Decided> = lineOf(
  "CHHAYADECISION1",
  "a decided epoch",
  struct({
    head: signedHeadCodec,
    labels: array(text(LABEL_BYTES_MAX), PENDING_MAX),
    parts: array(struct({ place: uint(WITNESSES_MAX - 1), signature: bytes(BLS_SIGNATURE_BYTES) }), WITNESSES_MAX),
  }),
  SIGNED_HEAD_BYTES_MAX + PENDING_MAX * (2 + LABEL_BYTES_MAX) + WITNESSES_MAX * PART_BYTES_MAX + 16,
);

/** What came of asking witnesses for an epoch. */
export interface Publication {
  readonly head: SignedHead;
  readonly changes: number;
  /** What each witness that was asked said, in that order. */
  readonly answers: readonly { readonly path: string; readonly answer: WitnessAnswer }[];
  /** Witnesses that have cosigned it by now. */
  readonly signers: number;
  /** Undefined while they are too few. */
  readonly cosigned: CosignedHead | undefined;
}

/** The epoch that is under way; undefined when there is none. */
export function decidedEpoch(folder: DirectoryFolder): Decided | undefined {
  const decided = loadLine(decidedLine, decisionFile(folder.path));
  return decided !== undefined && decided.head.epoch > folder.registry.replica.epoch ? decided : undefined;
}

/**
 * Publishes the next epoch, or goes on with the one that is under way. The decision is durable before any witness
 * sees it, so that after a crash the same head is shown again; the epoch, its cosignature and its change list enter
 * the index in one batch, once enough witnesses have signed. `now` in milliseconds.
 */
export async function publish(
  folder: DirectoryFolder,
  witnesses: readonly WitnessFolder[],
  now: number,
): Promise<Publication> {
  const { anchor, registry } = folder;
  const places = witnesses.map((witness) => placeOf(folder, witness));
  const decided = loadLine(decidedLine, decisionFile(folder.path)) ?? decideNext(folder, now);
  const { head, labels } = decided;
  if (head.epoch <= registry.replica.epoch) return finish(folder, decided, []);
  const decision = decideAgain(folder, decided);
  const ahead = new Overlay(folder.index);
  ahead.add(0, decision.writes);
  const { replica } = folder.registryOver(ahead);
  const hash = headHash(nativeSuite, head);
  const parts = new Map(decided.parts.map(({ place, signature }) => [place, signature]));
  const answers = witnesses.map((witness, i) => {
    const last = witness.last(registry.log);
    const succession = last === undefined || last.epoch > head.epoch ? undefined : replica.succession(last, head);
    const answer = witness.cosign(anchor, head, succession, now);
    const place = places[i] as number;
    if (answer.kind === "cosigned") {
      const member = anchor.witnesses.members[place];
      assert(
        member !== undefined && verifyPart(nativeSuite, member, hash, answer.part),
        "a witness signs what it says",
      );
      parts.set(place, answer.part);
    }
    return { path: witness.path, answer };
  });
  const asked = { head, labels, parts: [...parts].map(([place, signature]) => ({ place, signature })) };
  saveLine(decidedLine, decisionFile(folder.path), asked);
  const cosignature = combine(nativeSuite, anchor.witnesses, parts);
  if (cosignature === undefined) {
    return { head, changes: labels.length, answers, signers: parts.size, cosigned: undefined };
  }
  const cosigned = { head, cosignature };
  await folder.write([...decision.writes, registry.replica.keepHead(cosigned)]);
  return finish(folder, asked, answers);
}

/** The epoch is in the index: what was kept until then goes. */
function finish(
  folder: DirectoryFolder,
  { head, labels, parts }: Decided,
  answers: Publication["answers"],
): Publication {
  const cosigned = folder.registry.replica.head(head.epoch);
  if (cosigned === undefined || !equalConstantTime(headHash(nativeSuite, cosigned.head), headHash(nativeSuite, head))) {
    throw new FolderError(`${folder.path} published another epoch ${head.epoch} than the one under way`);
  }
  for (const label of labels) folder.removeStale(label);
  removeFile(decisionFile(folder.path));
  return { head, changes: labels.length, answers, signers: parts.length, cosigned };
}

function placeOf({ anchor }: DirectoryFolder, { key, path }: WitnessFolder): number {
  const place = anchor.witnesses.members.findIndex((member) => equalConstantTime(member.key, key));
  if (place < 0) throw new FolderError(`${path} is not a witness of "${anchor.name}"`);
  return place;
}

/** Signs the next epoch over what waits, and makes that durable. */
function decideNext(folder: DirectoryFolder, now: number): Decided {
  const { anchor, registry } = folder;
  const registrations = folder.pending();
  const previous = newestHead(folder);
  const { head } = registry.decide(registrations, {
    previous,
    time: Math.max(now, previous?.time ?? 0),
    witnesses: witnessSetId(nativeSuite, anchor.witnesses),
  });
  const decided = { head, labels: registrations.map(({ label }) => label), parts: [] };
  saveLine(decidedLine, decisionFile(folder.path), decided);
  return decided;
}

/** The decision's writes, made again from what it was made of. */
function decideAgain(folder: DirectoryFolder, { head, labels }: Decided): Decision {
  const { time, witnesses } = head;
  const registrations = labels.map((label) => {
    const registration = folder.pendingOf(label);
    if (registration === undefined) {
      throw new FolderError(
        `the epoch under way holds "${label}", whose registration is missing from ${folder.path}/pending`,
      );
    }
    return registration;
  });
  const decision = folder.registry.decide(registrations, { previous: newestHead(folder), time, witnesses });
  if (!equalConstantTime(headHash(nativeSuite, decision.head), headHash(nativeSuite, head))) {
    throw new FolderError(
      `the epoch under way in ${folder.path} is not what its registrations give: they were altered`,
    );
  }
  return decision;
}

function newestHead({ registry: { replica } }: DirectoryFolder): SignedHead | undefined {
  if (replica.epoch === 0) return undefined;
  const newest = replica.head(replica.epoch);
  if (newest === undefined) throw new FolderError(`the head of epoch ${replica.epoch} is missing from the index`);
  return newest.head;
}
