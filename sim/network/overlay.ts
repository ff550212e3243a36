import type { NatKind } from "../wire/index.ts";

/** Attackers with network code of their own: named in the world, each on hosts of its own. */
export type AttackerKind = "eclipser" | "sybil" | "gossip-spammer" | "record-poisoner" | "relay-abuser";

/** Numbers and names that a kind of attacker takes; its file says which. */
export interface AttackerAims {
  /** Names of the nodes that it is after. */
  readonly victims?: readonly string[];
  /** Peers that it pretends to be. */
  readonly identities?: number;
  /** IP addresses that these share. */
  readonly places?: number;
  /** Networks (the first 16 bits of an address) that these are in; one for each when absent. */
  readonly networks?: number;
  /** Names of the relays that it abuses, and how many false ones it sets up. */
  readonly relays?: readonly string[];
  readonly traps?: number;
  /** What it does in a second, at most. */
  readonly perSecond?: number;
  /** Keys (32 bytes) that it is after. */
  readonly addresses?: readonly Uint8Array[];
}

export interface Attacker {
  /** It goes away, and its hosts with it. */
  stop(): void;
  /** What it did so far, by name. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What a node does as a relay. */
export interface RelayView {
  /** Who holds a reservation. */
  readonly reservations: readonly string[];
  /** Reservations at the IP address that has most. */
  readonly reservationsAtOnePlace: number;
  /** Open circuits, and those of whoever opened, or is reached by, most. */
  readonly circuits: number;
  readonly circuitsFromOne: number;
  readonly circuitsToOne: number;
}

/** How an overlay looks from one of its nodes. Peers by their names in the world; attackers' by `name/number`. */
export interface OverlayView {
  readonly connected: readonly string[];
  /** Neighbours on the gossip mesh. */
  readonly mesh: readonly string[];
  /** Peers in the DHT's routing table. */
  readonly table: readonly string[];
  /** Relays that it holds reservations at. */
  readonly relays: readonly string[];
  /** What it stands behind. */
  readonly nat: NatKind;
  /** Of a relay. */
  readonly serves?: RelayView;
  /** Of gossip, as this node counts it; below -40 a peer is graylisted. */
  score(peer: string): number;
  /** Peers that this node will not have for now. */
  readonly refused: number;
}

/** What only an overlay of real peers has. */
export interface Overlay {
  /** Nodes without an engine that all others are told of to begin with: bootstrap peers, DHT servers and relays. */
  readonly anchors: readonly string[];
  /** Power fails at an anchor; or it comes back, where and as who it was. */
  crash(anchor: string): void;
  restart(anchor: string): void;
  /** From its beginning this node stands behind a NAT of its own, and reserves at relays. */
  behindNat(name: string, kind: NatKind): void;
  /** The NAT of this node forgets what it knew: connections through it are dead, and nobody is told. */
  rebind(name: string): void;
  attack(kind: AttackerKind, name: string, aims: AttackerAims): Attacker;
  /** Undefined while the node is down. */
  view(name: string): OverlayView | undefined;
}
