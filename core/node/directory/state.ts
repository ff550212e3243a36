import { array, type Codec, optional, struct } from "../../codec/index.ts";
import { type Rotation, rotationCodec, type WitnessTerm } from "../../quorum/index.ts";
import { type EpochLeaf, type Equivocation, equivocationCodec, type SignedHead } from "../../tlog/index.ts";
import type { IndexWrite, Overlay, Registry, Replica } from "../../vkd/index.ts";
import type { LogId } from "../events.ts";
import type { Address, Millis } from "../ports.ts";
import type { Turn } from "../turn.ts";
import { type Announcement, announcementCodec } from "./messages.ts";
import type { OwnLabel } from "./own-label.ts";
import type { Publishing } from "./publishing-state.ts";
import type { FollowedLog, Roles } from "./roles.ts";

/** Rotations of one log that are kept, to lead others from old anchors to the present. */
export const ROTATIONS_KEPT_MAX = 256;
/** Accepted heads of a log that are kept, to be held against those that others show. */
export const HEADS_KEPT_MAX = 64;
/** Further heads that the directory signed, accepted or not, one an epoch: the first that came. */
export const HEADS_SEEN_MAX = 128;
/** Questions, and fetches of records, that are under way at once. */
export const ASKS_MAX = 256;

/** A log that this node follows. */
export interface Log {
  readonly id: LogId;
  readonly bytes: Uint8Array;
  readonly followed: FollowedLog;
  /** Witness sets in the order of their epochs; the anchor's first. */
  terms: readonly WitnessTerm[];
  rotations: readonly Rotation[];
  newest: Announcement | undefined;
  /** By epoch; the newest is among them. */
  readonly heads: Map<number, SignedHead>;
  /** Heads that the directory signed and that were not accepted, by epoch. Not persisted. */
  readonly seen: Map<number, SignedHead>;
  /** Proof that the log has two stories: from then on nothing of it is believed. */
  evidence: Equivocation | undefined;
  // What follows is not persisted.
  frozen: "stalled" | "chain-refused" | undefined;
  /** Since when a first head has been waited for. */
  waitingSince: Millis;
  /** The head is too old: when that is reported, unless a fresh one was got before. */
  doubtedUntil: Millis | undefined;
  /** A search for the chain to a head that somebody showed is under way. */
  chasing: boolean;
  gossipAt: Millis;
  /** The replica that a mirror or the directory keeps. */
  readonly replica: Replica | undefined;
  /** A mirror: fetching changes. */
  syncing: boolean;
  /** Leaves of epochs that the replica lacks, in order, verified to lead to a head that was accepted. */
  verified: readonly EpochLeaf[];
  syncAt: Millis | undefined;
  /** Attempts in a row that came to nothing. */
  attempts: number;
  /** Parts of the epoch that is being fetched, kept with it for mirrors that come later. */
  content: readonly IndexWrite[];
  /** Polls for a first head. */
  polls: number;
  /** A poll for the newest head is under way. */
  polling: boolean;
  /** A mirror: the directory signed a root that its changes do not give. */
  invalid: boolean;
}

/** What this node knows and does about directories. */
export interface DirectoryState {
  readonly roles: Roles;
  readonly agreement: number;
  readonly logs: Map<LogId, Log>;
  /** Answers and records that are waited for, by request. */
  readonly asks: Map<number, (answer: Uint8Array | undefined, turn: Turn) => void>;
  /** What is to be done after a pause. */
  paused: readonly { readonly at: Millis; readonly act: (turn: Turn) => void }[];
  readonly overlay: Overlay | undefined;
  nextStore: number;
  /** Writes became durable in this turn: what waited for them goes on. */
  storedSince: boolean;
  /** By log and label. */
  readonly own: Map<string, OwnLabel>;
  /** Contacts that are looked up again, because what vouched for them is too old. */
  readonly renewing: Set<string>;
  /** Lookups by the user that are under way. */
  resolving: number;
  readonly registry: Registry | undefined;
  publishing: Publishing | undefined;
  /** Logs with a head that was adopted in this turn. */
  readonly advanced: Set<Log>;
}

export const storedRotationsCodec: Codec<readonly Rotation[]> = array(rotationCodec, ROTATIONS_KEPT_MAX);

export const storedLogCodec: Codec<StoredLog> = struct({
  newest: optional(announcementCodec),
  evidence: optional(equivocationCodec),
});

export interface StoredLog {
  readonly newest: Announcement | undefined;
  readonly evidence: Equivocation | undefined;
}

/** Who is asked about a log, the directory last; `first`, when given, before all. */
export function serversOf(log: Log, first?: Address): Address[] {
  const { directory, servers } = log.followed;
  return [...new Set([...(first === undefined ? [] : [first]), ...servers, directory])];
}
