import type { Chapter } from "./chronicle.ts";

/** As much of a `Worker` as it takes. */
export interface Thread {
  on(event: "message", heard: (message: unknown) => void): unknown;
  on(event: "error", heard: (failure: unknown) => void): unknown;
  on(event: "exit", heard: () => void): unknown;
  terminate(): Promise<number>;
}

function isChapter(message: unknown): message is Chapter {
  return typeof message === "object" && message !== null && ("prints" in message || "scene" in message);
}

/** The chapters that a thread posts until it exits, among other messages. It is ended when reading stops. */
export async function* toldBy(thread: Thread): AsyncGenerator<Chapter> {
  const waiting: Chapter[] = [];
  let over = false;
  let failure: unknown;
  let wake = (): void => {};
  thread.on("message", (message) => {
    if (isChapter(message)) waiting.push(message);
    wake();
  });
  thread.on("error", (thrown) => {
    failure = thrown;
  });
  thread.on("exit", () => {
    over = true;
    wake();
  });
  try {
    for (;;) {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
      if (failure !== undefined) throw failure;
      if (over) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    await thread.terminate();
  }
}
