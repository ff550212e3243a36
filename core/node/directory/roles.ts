import type { Secret } from "../../safety/index.ts";
import type { LogAnchor, RegistryKeys } from "../../vkd/index.ts";

/** Logs that a node follows. */
export const LOGS_MAX = 8;
/** Mirrors of one log that a node asks. */
export const SERVERS_MAX = 16;

/** A log that this node believes once it is verified, and who is asked about it. */
export interface FollowedLog {
  readonly anchor: LogAnchor;
  /** Mirrors, at most SERVERS_MAX: asked before the directory, which thus learns less of who looks up whom. */
  readonly servers: readonly string[];
  readonly directory: string;
}

export interface WitnessAddress {
  /** Where a transport reaches it. */
  readonly address: string;
  /** BLS public key, 48 bytes. */
  readonly key: Uint8Array;
}

export interface DirectoryRole {
  readonly anchor: LogAnchor;
  /** Handed over at every start; never in the log. */
  readonly keys: RegistryKeys;
  /** Of the first witness set; a rotation brings its own. */
  readonly witnesses: readonly WitnessAddress[];
}

export interface WitnessRole {
  /** BLS seed, 32 bytes. */
  readonly seed: Secret;
  readonly logs: readonly LogAnchor[];
}

/** What a node is beside a client of conversations, as its operator chose. Any mixture is allowed. */
export interface Roles {
  /** At most LOGS_MAX. */
  readonly logs?: readonly FollowedLog[];
  /** How many followed logs must agree on a label before it is believed; 1 unless set. */
  readonly agreement?: number;
  /** Keeps and serves a replica of every followed log; needs an index. */
  readonly mirrors?: boolean;
  /** Needs an index; its log is among `logs` too. */
  readonly directory?: DirectoryRole;
  readonly witness?: WitnessRole;
}
