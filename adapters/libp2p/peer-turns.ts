import { Turns } from "./turns.ts";

/**
 * Runs tasks that each wait for one peer: a few of a peer at once, a bounded number of others of that peer after them,
 * in order. So peers that keep silent hold up nobody but themselves.
 */
export class PeerTurns {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #totalMax: number;
  readonly #turns = new Map<string, { readonly turns: Turns; tasks: number }>();
  #total = 0;

  /** `atOnce`, `waitingMax`: of one peer. `totalMax`: of all peers, running and waiting. */
  constructor(atOnce: number, waitingMax: number, totalMax: number) {
    this.#atOnce = atOnce;
    this.#waitingMax = waitingMax;
    this.#totalMax = totalMax;
  }

  /** False, and the task never runs, when too many run and wait. */
  take(peer: string, task: () => Promise<void>): boolean {
    if (this.#total >= this.#totalMax) return false;
    const own = this.#turns.get(peer) ?? { turns: new Turns(this.#atOnce, this.#waitingMax), tasks: 0 };
    const taken = own.turns.take(async () => {
      try {
        await task();
      } finally {
        this.#total--;
        own.tasks--;
        if (own.tasks === 0) this.#turns.delete(peer);
      }
    });
    if (!taken) return false;
    this.#total++;
    own.tasks++;
    this.#turns.set(peer, own);
    return true;
  }
}
