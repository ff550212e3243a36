import type { Address } from "./ports.ts";

/** Questions that may still be answered; beyond it the oldest never is. */
export const QUESTIONS_WAITING_MAX = 1_024;
/** Of these, questions of one asker; beyond it the oldest of that asker never is. */
export const QUESTIONS_PER_ASKER_MAX = 32;

type Reply = (answer: Uint8Array) => void;

/** The questions of others that are not answered yet. Who asks too much at once loses its own, and nobody else's. */
export class Questions {
  /** By number, the oldest first. */
  readonly #open = new Map<number, { readonly from: Address; readonly reply: Reply }>();
  /** The numbers of each asker's, the oldest first. */
  readonly #byAsker = new Map<Address, Set<number>>();
  #next = 0;

  get size(): number {
    return this.#open.size;
  }

  /** The number under which it may be answered. */
  add(from: Address, reply: Reply): number {
    const id = this.#next++;
    const own = this.#byAsker.get(from) ?? new Set();
    this.#byAsker.set(from, own.add(id));
    this.#open.set(id, { from, reply });
    if (own.size > QUESTIONS_PER_ASKER_MAX) this.#forgetOldest(own);
    else if (this.#open.size > QUESTIONS_WAITING_MAX) this.#forgetOldest(this.#open.keys());
    return id;
  }

  /** How to answer the question with this number, once; undefined when that is over. */
  take(id: number): Reply | undefined {
    const question = this.#open.get(id);
    if (question === undefined) return undefined;
    this.#open.delete(id);
    const own = this.#byAsker.get(question.from);
    own?.delete(id);
    if (own?.size === 0) this.#byAsker.delete(question.from);
    return question.reply;
  }

  #forgetOldest(ids: Iterable<number>): void {
    for (const oldest of ids) {
      this.take(oldest);
      return;
    }
  }
}
