import { array, bytes, type Codec, optional, struct, text, uint } from "../../codec/index.ts";
import { SHA256_BYTES } from "../../suite/index.ts";
import { EPOCHS_MAX } from "../../tlog/index.ts";
import { LABEL_BYTES_MAX, type Registration, registrationCodec, type WatchedPlaces } from "../../vkd/index.ts";
import type { LogId } from "../events.ts";
import type { Millis } from "../ports.ts";
import type { Store } from "../store.ts";

/** Labels of this device, counted once a log. */
export const OWN_LABELS_MAX = 64;
/** Versions of one label, so that all of them and what must not exist beyond them are watched by one question. */
export const OWN_VERSIONS_MAX = 31;

/** A label that this device registered in one log, and what it knows of its standing there. */
export interface OwnLabel {
  readonly log: LogId;
  readonly label: string;
  /** The first version that this device made: earlier ones were the former owner's. */
  readonly firstVersion: number;
  /** SHA-256 of each registration that this device made, in the order of versions. */
  made: readonly Uint8Array[];
  /** The newest of them. */
  registration: Registration;
  /** The epoch after which the directory promised it; 0 before it promised anything. */
  promised: number;
  /** The newest version that was seen in the tree; 0 before the first. */
  seen: number;
  /** The registration that was seen last; undefined before the first. */
  held: Registration | undefined;
  /** The account that it was signed over to, 32 bytes: its next version is that one's. */
  heir: Uint8Array | undefined;

  // What follows is not persisted: after a restart the history is asked for again.
  watched: WatchedPlaces | undefined;
  watchedAt: Millis;
  alarmed: boolean;
  unwatched: boolean;
  busy: boolean;
  retryAt: Millis | undefined;
  /** Attempts in a row that came to nothing; sets the pace of the next. */
  attempts: number;
  /** Foreign versions in a row that an heir could explain, and no history did. */
  unexplained: number;
}

interface StoredOwnLabel {
  readonly label: string;
  readonly firstVersion: number;
  readonly made: readonly Uint8Array[];
  readonly registration: Registration;
  readonly promised: number;
  readonly seen: number;
  readonly held: Registration | undefined;
  readonly heir: Uint8Array | undefined;
}

const storedCodec: Codec<StoredOwnLabel> = struct({
  label: text(LABEL_BYTES_MAX),
  firstVersion: uint(),
  made: array(bytes(SHA256_BYTES), OWN_VERSIONS_MAX),
  registration: registrationCodec,
  promised: uint(EPOCHS_MAX),
  seen: uint(),
  held: optional(registrationCodec),
  heir: optional(bytes(32)),
});

export function ownKey(log: LogId, label: string): string {
  return `${log}/${label}`;
}

export function newOwnLabel(log: LogId, digest: Uint8Array, registration: Registration, now: Millis): OwnLabel {
  const { label, version } = registration;
  const stored = {
    label,
    firstVersion: version,
    made: [digest],
    registration,
    promised: 0,
    seen: 0,
    held: undefined,
    heir: undefined,
  };
  return { log, ...stored, ...unwatchedSince(now) };
}

function unwatchedSince(now: Millis) {
  return {
    watched: undefined,
    watchedAt: now,
    alarmed: false,
    unwatched: false,
    busy: false,
    retryAt: now as Millis | undefined,
    attempts: 0,
    unexplained: 0,
  };
}

export function saveOwnLabel(store: Store, own: OwnLabel): void {
  store.put(`own/${ownKey(own.log, own.label)}`, storedCodec, own);
}

export function deleteOwnLabel(store: Store, own: OwnLabel): void {
  store.delete(`own/${ownKey(own.log, own.label)}`);
}

export function loadOwnLabels(store: Store, now: Millis): Map<string, OwnLabel> {
  const own = new Map<string, OwnLabel>();
  for (const key of store.keys("own/")) {
    const [, log = ""] = key.split("/");
    const stored = store.get(key, storedCodec);
    if (stored !== undefined) own.set(key.slice("own/".length), { log, ...stored, ...unwatchedSince(now) });
  }
  return own;
}
