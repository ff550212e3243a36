import type { Stream } from "../kernel/index.ts";

/** Neighbours that a node has about; all others while there are no more. */
export const MESH_NEIGHBOURS = 8;
/** What the smallest mesh takes that is not complete, see {@link ringsOf}. */
const RINGS_MAX = 9;

interface Place {
  readonly name: string;
  /** Where on a ring, from 0 to 1. */
  readonly at: number;
}

/**
 * Who is whose neighbour on the gossip mesh. Every node has a place of its own on each of several rings, drawn from
 * its name alone, and is linked to the nodes beside it there. So links are mutual, no part is ever cut off, the ways
 * are short (a union of random cycles is an expander), and a node that comes or goes moves only the links beside it.
 */
export class Mesh {
  readonly #stream: Stream;
  readonly #rings: Place[][] = Array.from({ length: RINGS_MAX }, () => []);
  readonly #places = new Map<string, readonly Place[]>();
  /** Links that an adversary made (true) or cut (false), under both ends. */
  readonly #changed = new Map<string, Map<string, boolean>>();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  join(name: string): void {
    if (this.#places.has(name)) return;
    const drawn = this.#stream.child(name);
    const places = this.#rings.map(() => ({ name, at: drawn.unit() }));
    this.#places.set(name, places);
    for (const [i, ring] of this.#rings.entries())
      ring.splice(indexIn(ring, places[i] as Place), 0, places[i] as Place);
  }

  leave(name: string): void {
    const places = this.#places.get(name);
    if (places === undefined) return;
    this.#places.delete(name);
    for (const [i, ring] of this.#rings.entries()) ring.splice(indexIn(ring, places[i] as Place), 1);
  }

  /** Makes, or cuts, the link between two nodes, until {@link reset}. */
  change(a: string, b: string, linked: boolean): void {
    for (const [end, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const changed = this.#changed.get(end) ?? new Map<string, boolean>();
      this.#changed.set(end, changed.set(other, linked));
    }
  }

  reset(): void {
    this.#changed.clear();
  }

  /** Names, in an order that depends on who is on the mesh and nothing else; none for who is not on it. */
  neighbours(name: string): string[] {
    const places = this.#places.get(name);
    if (places === undefined) return [];
    const count = this.#places.size;
    const found = new Set<string>();
    if (count <= MESH_NEIGHBOURS + 1) for (const place of this.#rings[0] ?? []) found.add(place.name);
    else {
      for (const [i, ring] of this.#rings.slice(0, ringsOf(count)).entries()) {
        const index = indexIn(ring, places[i] as Place);
        found.add((ring.at(index - 1) as Place).name);
        found.add((ring[(index + 1) % count] as Place).name);
      }
    }
    for (const [other, linked] of this.#changed.get(name) ?? []) {
      if (linked && this.#places.has(other)) found.add(other);
      else found.delete(other);
    }
    found.delete(name);
    return [...found];
  }
}

/**
 * Rings on which a node meets MESH_NEIGHBOURS different ones of `count - 1` others on average, two on each: half of
 * that number in a large mesh, more in a small one, where it meets some of them again and again.
 */
function ringsOf(count: number): number {
  return Math.round(Math.log(1 - MESH_NEIGHBOURS / (count - 1)) / Math.log(1 - 2 / (count - 1)));
}

/** Where `place` is on its ring, or would be. */
function indexIn(ring: readonly Place[], place: Place): number {
  let [low, high] = [0, ring.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comesBefore(ring[middle] as Place, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function comesBefore(a: Place, b: Place): boolean {
  return a.at === b.at ? a.name < b.name : a.at < b.at;
}
