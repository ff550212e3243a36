interface Cut {
  readonly left: ReadonlySet<string>;
  readonly right: ReadonlySet<string>;
  readonly oneWay: boolean;
}

/** Which hosts nothing gets through between. */
export class Cuts {
  readonly #cuts = new Map<string, Cut>();

  get names(): readonly string[] {
    return [...this.#cuts.keys()];
  }

  /** Adds a cut under a name; a second one of that name replaces it. `oneWay`: only what goes from left to right. */
  add(name: string, left: readonly string[], right: readonly string[], oneWay: boolean): void {
    this.#cuts.set(name, { left: new Set(left), right: new Set(right), oneWay });
  }

  remove(name: string): boolean {
    return this.#cuts.delete(name);
  }

  between(from: string, to: string): boolean {
    if (this.#cuts.size === 0) return false;
    for (const { left, oneWay, right } of this.#cuts.values()) {
      if (left.has(from) && right.has(to)) return true;
      if (!oneWay && right.has(from) && left.has(to)) return true;
    }
    return false;
  }
}
