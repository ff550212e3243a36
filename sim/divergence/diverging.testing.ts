// A thread with a run in a realm that tells a chronicle, and in which one use of the platform escapes the realm.
import { parentPort, workerData } from "node:worker_threads";
import { Stream } from "../kernel/index.ts";
import { Realm } from "../realm/index.ts";
import { Chronicle } from "./index.ts";

export interface Diverging {
  readonly plant: "none" | "Date.now" | "Math.random" | "performance.now";
  readonly seed: number;
  readonly capture: number | undefined;
}

/** More than one chapter, and in the middle of another. */
export const PLANTED_AT = 5_000;
const EVENTS = 6_000;

const dateNow = Date.now;
const random = Math.random;
const performanceNow = performance.now.bind(performance);
const start = setImmediate;

const realm = Realm.install();
const { capture, plant, seed } = workerData as Diverging;

const planted: Readonly<Record<Diverging["plant"], () => void>> = {
  none: () => {},
  /** As a library that stamps what it sends. */
  "Date.now": function stampedByTheHost() {
    chronicle.note("wire", Buffer.from(`sent at ${dateNow()}, ${performanceNow()}`));
  },
  /** As a back-off with jitter. */
  "Math.random": function jitterOfTheHost() {
    setTimeout(() => {}, 10 + random() * 1_000_000);
  },
  /** As a loop that gives way to others after a while, and has made so much until then. */
  "performance.now": function pacedByTheHost() {
    crypto.getRandomValues(new Uint8Array((performanceNow() * 1_000) % 65_521));
  },
};

const chronicle = new Chronicle((chapter) => parentPort?.postMessage(chapter), capture);
let count = 0;

function step(): void {
  count++;
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  chronicle.note("wire", bytes);
  if (count === PLANTED_AT) planted[plant]();
  if (count < EVENTS) setTimeout(step, 1 + ((bytes[0] as number) % 7));
}

start(() => {
  realm.begin(Stream.seeded(seed), chronicle);
  setTimeout(step, 5);
  realm.kernel.runUntil(realm.kernel.now + 100_000_000);
  chronicle.end();
  process.exit();
});
