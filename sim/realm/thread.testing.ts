import { Worker } from "node:worker_threads";

/** Everything that a thread posts until it ends. Patches must never reach the process of the tests. */
export async function posted<T>(script: URL, workerData: unknown): Promise<T[]> {
  const worker = new Worker(script, {
    workerData,
    execArgv: ["--no-warnings"],
    stdout: true,
    stderr: true,
  });
  const messages: T[] = [];
  return new Promise((resolve, reject) => {
    worker.on("message", (message: T) => messages.push(message));
    worker.on("error", reject);
    worker.on("exit", () => resolve(messages));
  });
}
