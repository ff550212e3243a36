import type { Conditions } from "./conditions.ts";
import type { Overlay } from "./overlay.ts";

/** What arrives at a node. `from`: an address of whoever sent it. */
export interface Arrivals {
  datagram(from: string, bytes: Uint8Array): void;
  gossip(from: string, bytes: Uint8Array): void;
  question(from: string, bytes: Uint8Array, reply: (answer: Uint8Array) => void): void;
  /** The node is reached elsewhere from now on. */
  relocated(): void;
}

/**
 * Carries what nodes send over something else than the modelled mesh. Nodes are named as in the world; addresses are the
 * carrier's own.
 */
export interface Carrier {
  /** What scenarios may do that are about peers. */
  readonly overlay: Overlay;
  /** A node comes up. What it does before it is connected waits. */
  join(name: string, arrivals: Arrivals): void;
  /** A node is gone, without a word to anybody. */
  leave(name: string): void;
  /** Where a node is reached, or will be when it is up. */
  addressesOf(name: string): readonly string[];
  /** The node behind an address. */
  residentOf(address: string): string | undefined;
  /** A node goes to addresses that another has left, or, with none, to where nobody was before. */
  relocate(name: string, addresses: readonly string[]): void;
  send(from: string, to: string, bytes: Uint8Array): void;
  /** Calls back once, later; undefined when no answer came in time. */
  ask(from: string, to: string, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void;
  publish(from: string, bytes: Uint8Array): void;
  /** `from` undefined: a stranger puts it. */
  putRecord(from: string | undefined, address: Uint8Array, value: Uint8Array, expires: number): void;
  getRecord(reader: string, address: Uint8Array, done: (value: Uint8Array | undefined) => void): void;
  /** How wires behave from now on. */
  behave(conditions: Conditions): void;
  /** Nothing passes between the two groups, or from the first to the second only. */
  cut(name: string, left: readonly string[], right: readonly string[], oneWay: boolean): void;
  mend(name: string): void;
  /** What identifies the bytes that went over wires so far; 64 hexadecimal characters. */
  digest(): string;
  readonly counts: Readonly<Record<string, number>>;
}
