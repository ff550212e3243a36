import { array, bytes, type Codec, optional, struct, text } from "../../codec/index.ts";
import { WITNESSES_MAX } from "../../quorum/index.ts";
import { BLS_PUBLIC_BYTES } from "../../suite/index.ts";
import { type SignedHead, signedHeadCodec } from "../../tlog/index.ts";
import { LABEL_BYTES_MAX, type Registration, registrationCodec } from "../../vkd/index.ts";
import type { Millis } from "../ports.ts";
import type { Store } from "../store.ts";
import type { DirectoryRole, WitnessAddress } from "./roles.ts";

/** Registrations that wait for an epoch; beyond it a directory takes no more. */
export const PENDING_MAX = 4_096;
const ADDRESS_BYTES_MAX = 256;

/** An epoch that is signed and does not have its quorum yet. No other head of that epoch is ever signed. */
export interface Decided {
  readonly head: SignedHead;
  /** Whose registrations it holds, in order: they stay pending until the epoch has its quorum. */
  readonly labels: readonly string[];
}

/** Where a directory stands between two epochs. */
export interface Publishing {
  witnesses: readonly WitnessAddress[];
  /** By label; admitted, durable and not yet in a published epoch. */
  readonly pending: Map<string, Registration>;
  decided: Decided | undefined;
  /** The newest head that has its quorum. */
  last: SignedHead | undefined;

  // What follows is not persisted.
  epochAt: Millis;
  /** Cosignatures of the decided head, by the member's place in the set. */
  readonly parts: Map<number, Uint8Array>;
  /** Keys of witnesses that have not answered yet. */
  readonly asked: Set<string>;
  askAt: Millis | undefined;
  /** How often the witnesses were asked about what is decided. */
  rounds: number;
  /** Since the start nothing was done: a crash may have come before what was decided was stored for others. */
  isReopened: boolean;
  /** The label whose capsule is stored again next. */
  nextCapsule: number;
  /** Labels whose capsule was not stored since the start: a crash may have come before. */
  capsulesLeft: number;
}

interface StoredPublishing {
  readonly witnesses: readonly WitnessAddress[];
  readonly decided: Decided | undefined;
  readonly last: SignedHead | undefined;
}

const storedCodec: Codec<StoredPublishing> = struct({
  witnesses: array(struct({ address: text(ADDRESS_BYTES_MAX), key: bytes(BLS_PUBLIC_BYTES) }), WITNESSES_MAX),
  decided: optional(struct({ head: signedHeadCodec, labels: array(text(LABEL_BYTES_MAX), PENDING_MAX) })),
  last: optional(signedHeadCodec),
});
const KEY = "directory";

export function savePublishing(store: Store, publishing: Publishing): void {
  store.put(KEY, storedCodec, publishing);
}

export function savePending(store: Store, registration: Registration): void {
  store.put(`pending/${registration.label}`, registrationCodec, registration);
}

export function deletePending(store: Store, label: string): void {
  store.delete(`pending/${label}`);
}

export function loadPublishing(store: Store, role: DirectoryRole, labels: number, now: Millis): Publishing {
  const stored = store.get(KEY, storedCodec);
  const pending = store.keys("pending/").flatMap((key) => store.get(key, registrationCodec) ?? []);
  return {
    witnesses: stored?.witnesses ?? role.witnesses,
    pending: new Map(pending.map((registration) => [registration.label, registration])),
    decided: stored?.decided,
    last: stored?.last,
    epochAt: stored?.last === undefined ? now : stored.last.time + role.anchor.epochMs,
    parts: new Map(),
    asked: new Set(),
    askAt: undefined,
    rounds: 0,
    isReopened: true,
    nextCapsule: 0,
    capsulesLeft: labels,
  };
}
