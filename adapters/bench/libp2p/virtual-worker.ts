// One thread that plays one workload in virtual time. What is loaded before the realm would keep the real clock.
import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { Realm, shareCrypto } from "../../../sim/realm/index.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { Outcome, Workload } from "./workload.ts";

const watch = new Stopwatch();
shareCrypto();
const realm = Realm.install();
const [{ playMesh }, { wireTransport }, { Wires }, { Stream }] = await Promise.all([
  import("./mesh.ts"),
  import("../../virtual/index.ts"),
  import("../../../sim/wire/index.ts"),
  import("../../../sim/kernel/index.ts"),
]);

/** Like @libp2p/memory, which adds no time, but for what a virtual clock needs to go on. */
const CONDITIONS = { latencyMs: 1, jitterMs: 0, lossRate: 0, bandwidth: 0 };
const SECOND_MS = 1_000;
/** Until the schedule's end has been noticed. */
const REST_MS = 10;
const LISTEN = "/ip4/0.0.0.0/tcp/4001";

parentPort?.once("message", (workload: Workload) => {
  const { kernel } = realm;
  // Libraries throw for control's sake, and nobody reads where.
  Error.stackTraceLimit = 0;
  const stream = Stream.seeded(workload.seed);
  realm.begin(stream.child("platform"));
  const wires = new Wires(kernel, stream.child("wires"));
  wires.conditions = CONDITIONS;
  const digest = createHash("sha256");
  wires.watch((from, to, bytes) => digest.update(`${kernel.elapsed} ${from} ${to} ${bytes.length}\n`).update(bytes));
  // Public addresses libp2p tells nobody before somebody has verified them.
  const ipOf = (index: number): string => `10.${index >> 8}.${index & 255}.1`;
  const site = (index: number) => ({
    transport: wireTransport(wires.host(`${index}`, { ip: ipOf(index) })),
    listen: LISTEN,
  });
  let done: { readonly delivered: number; readonly connections: number } | undefined;
  let failure: unknown;
  // From an event, so that what it sets going comes to rest.
  kernel.after(0, () => {
    playMesh(workload, stream.child("mesh"), site, 0, watch.reached).then(
      (outcome) => (done = outcome),
      (reason: unknown) => (failure = reason),
    );
  });
  kernel.runUntil(kernel.now + workload.seconds * SECOND_MS + REST_MS);
  const [breach] = realm.guards.breaches;
  const figures = watch.stop();
  const clockMs = kernel.elapsed;
  realm.remove();
  if (done === undefined || breach !== undefined) throw breach ?? failure ?? new Error("the workload did not end");
  parentPort?.postMessage({ ...done, ...figures, clockMs, digest: digest.digest("hex") } satisfies Outcome);
});
parentPort?.postMessage("ready");
