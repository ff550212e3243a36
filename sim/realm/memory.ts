import type { Patches } from "./patches.ts";

/** Keeps what it refers to: whether it still can be had must not depend on the garbage collector. */
class StrongRef<T extends object> {
  readonly #target: T;

  constructor(target: T) {
    this.#target = target;
  }

  deref(): T {
    return this.#target;
  }

  get [Symbol.toStringTag](): string {
    return "WeakRef";
  }
}

/** Never calls back, which a garbage collector is free to do. */
class IdleRegistry {
  register(): void {}

  unregister(): boolean {
    return false;
  }

  get [Symbol.toStringTag](): string {
    return "FinalizationRegistry";
  }
}

/** Frames of a stack, which Node leaves to whoever starts it. */
const STACK_LINES = 10;

/** What shows where the garbage collector is, or what the memory held before. */
export function replaceMemory(patches: Patches): void {
  patches.put(globalThis, "WeakRef", StrongRef);
  patches.put(globalThis, "FinalizationRegistry", IdleRegistry);
  patches.put(Error, "stackTraceLimit", STACK_LINES);
  const { allocUnsafe } = Buffer;
  patches.put(Buffer, "allocUnsafe", (bytes: number) => allocUnsafe(bytes).fill(0));
  patches.put(Buffer, "allocUnsafeSlow", (bytes: number) => Buffer.alloc(bytes));
}
