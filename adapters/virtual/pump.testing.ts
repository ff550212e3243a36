import type { Kernel } from "../../sim/kernel/index.ts";

/** Lets virtual time run while real promises and timers run too, one millisecond each turn of Node's event loop. */
export function pump(kernel: Kernel): () => void {
  let turn: NodeJS.Immediate;
  const go = (): void => {
    kernel.runUntil(kernel.now + 1);
    turn = setImmediate(go);
  };
  turn = setImmediate(go);
  return () => clearImmediate(turn);
}
