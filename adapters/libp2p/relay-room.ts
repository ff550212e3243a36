import type { Multiaddr } from "@multiformats/multiaddr";
import { mostCrowded } from "./crowd.ts";
import { networkOf, placeOf } from "./mesh/index.ts";

/** Who has something of which there is only so much: where they are, and what takes it from them. */
export interface Occupant {
  readonly addr: Multiaddr;
  end(): void;
}

/**
 * Whether there is room for somebody at `addr` beside `occupants`, who are `max` at most. Where all is taken, the last
 * one gives way of those in the network that has most; not when that is the newcomer's own, or when none has more than one:
 * identities are free, and addresses are what they cost.
 */
export function makeRoom(addr: Multiaddr, occupants: readonly Occupant[], max: number): boolean {
  if (occupants.length < max) return true;
  const newcomer: Occupant = { addr, end() {} };
  const excess = mostCrowded([...occupants, newcomer], (each) => each.addr);
  if (excess === undefined || excess === newcomer) return false;
  const network = networkAt(excess.addr);
  if (occupants.filter((each) => networkAt(each.addr) === network).length < 2) return false;
  excess.end();
  return true;
}

function networkAt(addr: Multiaddr): string {
  return networkOf(placeOf(addr) ?? "");
}

/** A circuit that a relay carries, or is about to. */
interface Circuit extends Occupant {
  readonly to: string;
}

/** What a relay carries for others. */
export class Circuits {
  readonly #max: number;
  /** By the peer that they lead to. */
  readonly #open = new Map<string, readonly Circuit[]>();

  /** `max`: to one peer. */
  constructor(max: number) {
    this.#max = max;
  }

  /** False when there is no room; otherwise call the function that it gives once the circuit is closed. */
  open(circuit: Circuit): false | (() => void) {
    const { addr, to } = circuit;
    if (!makeRoom(addr, this.#to(to), this.#max)) return false;
    this.#open.set(to, [...this.#to(to), circuit]);
    return () => this.#close(circuit);
  }

  #to(peer: string): readonly Circuit[] {
    return this.#open.get(peer) ?? [];
  }

  #close(circuit: Circuit): void {
    const left = this.#to(circuit.to).filter((other) => other !== circuit);
    if (left.length > 0) this.#open.set(circuit.to, left);
    else this.#open.delete(circuit.to);
  }
}
