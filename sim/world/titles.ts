import type { ContactId } from "../../core/node/index.ts";

/** Whose a label is, and since when, in milliseconds since the run began. */
export interface Title {
  readonly label: string;
  readonly account: ContactId;
  /** Name of the person. */
  readonly holder: string;
  readonly sinceMs: number;
}

/** Who rightfully holds which label, whatever directories say: the ground truth of lookups. */
export class Titles {
  readonly #byLabel = new Map<string, Title[]>();

  get labels(): string[] {
    return [...this.#byLabel.keys()];
  }

  /** The present holder. */
  of(label: string): Title | undefined {
    return this.#byLabel.get(label)?.at(-1);
  }

  /** Gives a label to whoever claims it first, or hands it over. */
  give(title: Title): void {
    const before = this.#byLabel.get(title.label) ?? [];
    this.#byLabel.set(title.label, [...before, title]);
  }

  /** Whether the account holds the label, or held it before it was handed over. */
  everHeld(label: string, account: ContactId): boolean {
    return this.#byLabel.get(label)?.some((title) => title.account === account) ?? false;
  }
}
