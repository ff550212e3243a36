/** Replaced properties of objects that everybody shares, and how they were. */
export class Patches {
  readonly #undo: (() => void)[] = [];

  /** Puts `value` in the place of a property, own or inherited, and keeps whether it is enumerable. */
  put(object: object, key: PropertyKey, value: unknown): void {
    this.#define(object, key, { value, writable: true });
  }

  /** As `put`, for what is computed at every reading. What is written there is kept by `set`, or thrown away. */
  get(object: object, key: PropertyKey, get: () => unknown, set: (value: unknown) => void = () => {}): void {
    this.#define(object, key, { get, set });
  }

  #define(object: object, key: PropertyKey, what: PropertyDescriptor): void {
    const before = Object.getOwnPropertyDescriptor(object, key);
    Object.defineProperty(object, key, { ...what, configurable: true, enumerable: before?.enumerable ?? false });
    this.#undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(object, key);
      else Object.defineProperty(object, key, before);
    });
  }

  /** Everything is as before, last first. */
  undo(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}
