import type { NoticeDraft } from "./notices.ts";
import type { Cell } from "./cell.ts";

/** Notices that wait to be seen; beyond it the oldest goes. */
export const NOTICES_MAX = 256;
/** Keys of notices that are told once for good; beyond it the oldest may be told again. */
const TOLD_MAX = 256;
/** Contacts whose messages were read further than those of all. */
const AHEAD_MAX = 8_192;

export interface Notice {
  readonly id: number;
  readonly at: number;
  readonly topic: string;
  readonly grave: boolean;
  readonly text: string;
  /** What it is about: a later notice of the same replaces it. */
  readonly key: string;
}

interface Stored {
  readonly version: 1;
  readonly row: number;
  readonly ahead: readonly (readonly [string, number])[];
  readonly nextNotice: number;
  readonly notices: readonly Notice[];
  readonly told: readonly string[];
}

/** What the user has seen: how far messages were read, and which notices wait. Every change is durable at once. */
export class Attention {
  readonly #cell: Cell;
  #row: number;
  readonly #ahead: Map<string, number>;
  #nextNotice: number;
  #notices: readonly Notice[];
  #told: readonly string[];

  constructor(cell: Cell) {
    this.#cell = cell;
    const bytes = cell.read();
    // Sealed under the storage key: what is in it was written here.
    const stored = bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as Stored);
    this.#row = stored?.row ?? 0;
    this.#ahead = new Map(stored?.ahead);
    this.#nextNotice = stored?.nextNotice ?? 1;
    this.#notices = stored?.notices ?? [];
    this.#told = stored?.told ?? [];
  }

  /** Messages up to this row were read, whoever wrote them. */
  get row(): number {
    return this.#row;
  }

  isRead(row: number, contact: string): boolean {
    return row <= Math.max(this.#row, this.#ahead.get(contact) ?? 0);
  }

  /** Of one contact, or of all. */
  readTo(row: number, contact?: string): void {
    if (contact === undefined) {
      if (row <= this.#row) return;
      this.#row = row;
      for (const [account, ahead] of this.#ahead) if (ahead <= row) this.#ahead.delete(account);
    } else {
      if (this.isRead(row, contact) || this.#ahead.size >= AHEAD_MAX) return;
      this.#ahead.set(contact, row);
    }
    this.#save();
  }

  /** Not seen yet, oldest first. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** False when the user is told of it already. */
  notify({ key, once, quietMs, ...draft }: NoticeDraft, at: number): boolean {
    if (this.#notices.some((other) => other.key === key && Math.abs(at - other.at) < quietMs)) return false;
    if (once && this.#told.includes(key)) return false;
    if (once) this.#told = [...this.#told, key].slice(-TOLD_MAX);
    const notice = { ...draft, key, at, id: this.#nextNotice++ };
    this.#notices = [...this.#notices.filter((other) => other.key !== key), notice].slice(-NOTICES_MAX);
    this.#save();
    return true;
  }

  /** What was to be said is over, before it was seen. */
  withdraw(key: string): void {
    const left = this.#notices.filter((notice) => notice.key !== key);
    if (left.length === this.#notices.length) return;
    this.#notices = left;
    this.#save();
  }

  /** The user has seen the notices up to this one. */
  seeTo(id: number): void {
    const left = this.#notices.filter((notice) => notice.id > id);
    if (left.length === this.#notices.length) return;
    this.#notices = left;
    this.#save();
  }

  /** As it is kept; for a backup. */
  contents(): Uint8Array | undefined {
    return this.#cell.read();
  }

  #save(): void {
    const stored: Stored = {
      version: 1,
      row: this.#row,
      ahead: [...this.#ahead],
      nextNotice: this.#nextNotice,
      notices: this.#notices,
      told: this.#told,
    };
    this.#cell.write(new TextEncoder().encode(JSON.stringify(stored)));
  }
}
