import { bytesToHex } from "@noble/hashes/utils.js";
import { followRotations, type WitnessTerm } from "../../quorum/index.ts";
import { assert } from "../../safety/index.ts";
import type { Suite } from "../../suite/index.ts";
import { type SignedHead, signedHeadCodec } from "../../tlog/index.ts";
import { firstTerm, type IndexReader, logId, Overlay, Registry, Replica } from "../../vkd/index.ts";
import type { Millis } from "../ports.ts";
import type { Store } from "../store.ts";
import { loadOwnLabels } from "./own-label.ts";
import { loadPublishing } from "./publishing-state.ts";
import { type FollowedLog, LOGS_MAX, type Roles, SERVERS_MAX } from "./roles.ts";
import { type DirectoryState, type Log, storedLogCodec, storedRotationsCodec } from "./state.ts";

export function saveLog(store: Store, { evidence, id, newest }: Log): void {
  store.put(`log/${id}`, storedLogCodec, { newest, evidence });
}

export function saveRotations(store: Store, { id, rotations }: Log): void {
  store.put(`rotations/${id}`, storedRotationsCodec, rotations);
}

export function saveHead(store: Store, { id }: Log, head: SignedHead): void {
  store.put(`head/${id}/${head.epoch}`, signedHeadCodec, head);
}

export function deleteHead(store: Store, { id }: Log, epoch: number): void {
  store.delete(`head/${id}/${epoch}`);
}

/** Everything about directories: what the operator configured, and what the log holds of it. */
export function openDirectories(
  suite: Suite,
  store: Store,
  roles: Roles,
  index: IndexReader | undefined,
  now: Millis,
): DirectoryState {
  const { directory, logs = [], mirrors = false } = roles;
  const needsIndex = mirrors || directory !== undefined;
  assert(!needsIndex || index !== undefined, "a mirror and a directory need an index");
  assert(logs.length <= LOGS_MAX, "too many logs to follow");
  const overlay = index === undefined ? undefined : new Overlay(index);
  const registry =
    directory === undefined || overlay === undefined
      ? undefined
      : new Registry(suite, directory.anchor, directory.keys, overlay);
  const opened = logs.map((followed) => openLog(suite, store, followed, mirrors ? overlay : undefined, registry, now));
  assert(
    registry === undefined || opened.some(({ replica }) => replica === registry.replica),
    "a directory follows its own log",
  );
  return {
    roles,
    agreement: roles.agreement ?? 1,
    logs: new Map(opened.map((log) => [log.id, log])),
    asks: new Map(),
    paused: [],
    overlay,
    nextStore: 0,
    storedSince: false,
    own: loadOwnLabels(store, now),
    renewing: new Set(),
    resolving: 0,
    registry,
    publishing: directory === undefined ? undefined : loadPublishing(store, directory, registry?.labels ?? 0, now),
    advanced: new Set(),
  };
}

function openLog(
  suite: Suite,
  store: Store,
  followed: FollowedLog,
  mirror: IndexReader | undefined,
  registry: Registry | undefined,
  now: Millis,
): Log {
  assert(followed.servers.length <= SERVERS_MAX, "too many servers of one log");
  const bytes = logId(suite, followed.anchor);
  const id = bytesToHex(bytes);
  const stored = store.get(`log/${id}`, storedLogCodec);
  const first = firstTerm(followed.anchor);
  const rotations = store.get(`rotations/${id}`, storedRotationsCodec) ?? [];
  const own = registry !== undefined && bytesToHex(registry.log) === id ? registry.replica : undefined;
  const heads = store
    .keys(`head/${id}/`)
    .flatMap((key) => store.get(key, signedHeadCodec) ?? [])
    .map((head) => [head.epoch, head] as const);
  return {
    id,
    bytes,
    followed,
    terms: [first, ...termsOf(suite, bytes, first, rotations)],
    rotations,
    newest: stored?.newest,
    heads: new Map(heads),
    seen: new Map(),
    evidence: stored?.evidence,
    frozen: undefined,
    waitingSince: now,
    doubtedUntil: undefined,
    chasing: false,
    gossipAt: now,
    replica: own ?? (mirror === undefined ? undefined : new Replica(suite, bytes, mirror)),
    syncing: false,
    verified: [],
    syncAt: now,
    attempts: 0,
    content: [],
    polls: 0,
    polling: false,
    invalid: false,
  };
}

/** What was persisted was verified before; it is led through again, in steps of what one catch-up may hold. */
function termsOf(
  suite: Suite,
  log: Uint8Array,
  first: WitnessTerm,
  rotations: Parameters<typeof followRotations>[3],
): WitnessTerm[] {
  const terms: WitnessTerm[] = [];
  for (const rotation of rotations) {
    const followed = followRotations(suite, log, terms.at(-1) ?? first, [rotation]);
    assert(followed.ok, "a persisted rotation does not verify");
    terms.push(...followed.value);
  }
  return terms;
}
