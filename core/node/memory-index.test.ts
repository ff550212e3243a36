import { indexStorageConformance } from "./conformance.testing.ts";
import { MemoryIndex } from "./memory-index.testing.ts";

indexStorageConformance("MemoryIndex", () => {
  const tasks: (() => void)[] = [];
  const storage = new MemoryIndex((task) => tasks.push(task));
  return {
    storage,
    restart() {
      const restarted = new MemoryIndex((task) => tasks.push(task));
      restarted.restore(storage.snapshot());
      return restarted;
    },
    settle(reached) {
      while (!reached()) tasks.shift()?.();
    },
  };
});
