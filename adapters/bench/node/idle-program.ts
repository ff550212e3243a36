// Opens a home without a network, and tells what the process takes with all its conversations idle.
import { openHome } from "../../endurance/index.ts";
import { homeAt } from "../../home/index.ts";
import { silentLog } from "../../node/index.ts";
import type { IdleReport } from "./idle.ts";

/** Collections until nothing more is freed: finalizers take turns. */
const COLLECTIONS = 5;

const [folder = ""] = process.argv.slice(2);
const started = performance.now();
const node = await openHome(homeAt(folder), undefined, silentLog);
const openMs = performance.now() - started;
// Node is started with --expose-gc.
const { gc } = globalThis as unknown as { readonly gc: () => void };
for (let i = 0; i < COLLECTIONS; i++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  gc();
}
const { arrayBuffers, external, heapUsed, rss } = process.memoryUsage();
const contacts = node.engine?.inspect().peers ?? {};
const sessions = Object.values(contacts).filter(({ session }) => session === "confirmed").length;
const report: IdleReport = {
  sessions,
  openMs,
  heapBytes: heapUsed + external,
  rssBytes: rss,
  bufferBytes: arrayBuffers,
};
process.send?.(report, () => {
  void node.stop().then(() => process.exit(0));
});
