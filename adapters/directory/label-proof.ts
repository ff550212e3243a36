import { type CodecCode, decode, encode } from "../../core/codec/index.ts";
import { verifyCosignature } from "../../core/quorum/index.ts";
import { err, ok, type Result } from "../../core/safety/index.ts";
import { convict, type Equivocation, headHash, type SignedHead } from "../../core/tlog/index.ts";
import {
  ABSENCE_BYTES_MAX,
  type AbsenceCode,
  absenceCodec,
  capsuleIndices,
  locate,
  LOOKUP_BYTES_MAX,
  type LookupCode,
  lookupCodec,
  type LogView,
  type Registration,
  type Standing,
  verifyAbsence,
  verifyLookup,
} from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { demandLabel, type DirectoryFolder } from "./directory-folder.ts";
import { FolderDamaged, FolderError } from "./folder-error.ts";

/** What a directory answers about a label, as it goes over a wire. */
export interface LabelProof {
  readonly kind: "lookup" | "absence";
  readonly bytes: Uint8Array;
}

/** What a verified proof says. */
export interface LabelStanding {
  /** The head that it rests on: to be made durable before anybody relies on it. */
  readonly head: SignedHead;
  /** What the label stands for; undefined when it is not registered. */
  readonly registration: Registration | undefined;
  readonly standing: Standing;
}

export type LabelCode = LookupCode | AbsenceCode | CodecCode;

/**
 * Makes the proof from a directory's folder for somebody who accepted the head `last`. Verifies no more of it than it
 * needs to find the places in the tree.
 */
export function proveLabel(folder: DirectoryFolder, label: string, last: SignedHead | undefined): LabelProof {
  demandLabel(label);
  const { registry } = folder;
  const { epoch } = registry.replica;
  if (epoch === 0) throw new FolderError(`${folder.path} has published no epoch yet`);
  const damaged = (what: string): FolderDamaged => new FolderDamaged(`${folder.path} is damaged: ${what}`);
  const head = registry.replica.head(epoch);
  if (head === undefined) throw damaged("its newest head is missing");
  // Whoever knows a newer head is not shown a way back: there is none.
  const isAhead = last !== undefined && last.epoch > epoch;
  const succession = last === undefined || isAhead ? undefined : registry.replica.succession(last, head.head);
  const standing = (indices: readonly Uint8Array[]): Standing => ({
    head,
    succession,
    epoch: registry.replica.epochProof(epoch),
    tree: registry.replica.tree(epoch, indices),
  });
  const capsule = registry.capsule(label);
  if (capsule === undefined) {
    const proof = registry.proof(label, 1);
    const index = locate(nativeSuite, folder.anchor, label, 1, proof);
    if (index === undefined) throw damaged("its keys are not those of its anchor");
    return { kind: "absence", bytes: encode(absenceCodec, { standing: standing([index]), proof }) };
  }
  const indices = capsuleIndices(nativeSuite, folder.anchor, label, capsule);
  if (!indices.ok) throw damaged(`what it holds of the label does not verify (${indices.error})`);
  return { kind: "lookup", bytes: encode(lookupCodec, { capsule, standing: standing(indices.value) }) };
}

/** Decodes and verifies a proof: total on any bytes. */
export function verifyLabel(view: LogView, label: string, proof: LabelProof): Result<LabelStanding, LabelCode> {
  const read = proof.kind === "lookup" ? readLookup(view, label, proof.bytes) : readAbsence(view, label, proof.bytes);
  if (!read.ok) return read;
  // Who signed is shown to people, also of a head that was accepted before, whose cosignature no verifier needs again.
  const { cosignature, head } = read.value.standing.head;
  const cosigned = verifyCosignature(nativeSuite, view.anchor.witnesses, headHash(nativeSuite, head), cosignature);
  return cosigned.ok ? read : err("vkd/cosignature");
}

function readLookup(view: LogView, label: string, bytes: Uint8Array): Result<LabelStanding, LabelCode> {
  const decoded = decode(lookupCodec, bytes, LOOKUP_BYTES_MAX);
  if (!decoded.ok) return decoded;
  const verified = verifyLookup(nativeSuite, view, label, decoded.value);
  return verified.ok ? ok({ ...verified.value, standing: decoded.value.standing }) : verified;
}

function readAbsence(view: LogView, label: string, bytes: Uint8Array): Result<LabelStanding, LabelCode> {
  const decoded = decode(absenceCodec, bytes, ABSENCE_BYTES_MAX);
  if (!decoded.ok) return decoded;
  const verified = verifyAbsence(nativeSuite, view, label, decoded.value);
  if (!verified.ok) return verified;
  return ok({ head: verified.value, registration: undefined, standing: decoded.value.standing });
}

/** What the head of a proof and the last one accepted prove against their directory; undefined when they prove nothing. */
export function equivocationOf({ anchor, last }: LogView, { bytes, kind }: LabelProof): Equivocation | undefined {
  const decoded =
    kind === "lookup" ? decode(lookupCodec, bytes, LOOKUP_BYTES_MAX) : decode(absenceCodec, bytes, ABSENCE_BYTES_MAX);
  if (!decoded.ok || last === undefined) return undefined;
  return convict(nativeSuite, anchor.key, last, decoded.value.standing.head.head);
}
