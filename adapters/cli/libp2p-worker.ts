// One thread that plays one run of real libp2p in virtual time. What is loaded before the realm would keep the real
// clock: everything else is imported after it.
import { parentPort, workerData } from "node:worker_threads";
import { Realm, shareCrypto } from "../../sim/realm/index.ts";
import { installSabotage } from "../../sim/sabotage/index.ts";
import type { Order } from "./thread.ts";

const { sabotage } = workerData as { readonly sabotage: string | undefined };
const wallMs = performance.now.bind(performance);
const demandApplied = sabotage === undefined ? () => {} : installSabotage(sabotage);
shareCrypto();
const realm = Realm.install();
const [{ playVirtual }, { Chronicle }, { scenarios }] = await Promise.all([
  import("../virtual/index.ts"),
  import("../../sim/divergence/index.ts"),
  import("../../scenarios/index.ts"),
]);
demandApplied();

parentPort?.once("message", (order: Order) => {
  const { scenario: name, watch } = order;
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new RangeError(`unknown scenario ${name}`);
  const chronicle = watch && new Chronicle((chapter) => parentPort?.postMessage(chapter), watch.capture);
  // Libraries throw for control's sake, and nobody reads where.
  Error.stackTraceLimit = 0;
  const result = playVirtual(realm, scenario, { ...order, chronicle }, wallMs);
  parentPort?.postMessage(result);
  if (watch !== undefined) parentPort?.close();
});
parentPort?.postMessage("ready");
