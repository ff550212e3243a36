// One thread that plays runs: nothing of the protocol is loaded before a sabotage, if any, is in place.
import { parentPort, workerData } from "node:worker_threads";
import { installSabotage } from "../../sim/sabotage/index.ts";
import type { Order } from "./thread.ts";

const { sabotage } = workerData as { readonly sabotage: string | undefined };
const demandApplied = sabotage === undefined ? () => {} : installSabotage(sabotage);
const [{ run }, { Chronicle }, { scenarios }, { simulationSuite }] = await Promise.all([
  import("../../sim/index.ts"),
  import("../../sim/divergence/index.ts"),
  import("../../scenarios/index.ts"),
  import("../suite/index.ts"),
]);
demandApplied();

parentPort?.on("message", ({ parameters, population, scenario: name, seed, watch }: Order) => {
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new RangeError(`unknown scenario ${name}`);
  const chronicle = watch && new Chronicle((chapter) => parentPort?.postMessage(chapter), watch.capture);
  const result = run(scenario, {
    seed,
    parameters,
    population,
    suite: simulationSuite,
    stopwatch: () => performance.now(),
    ...(sabotage === undefined ? {} : { sabotage }),
    ...(chronicle === undefined ? {} : { observer: chronicle }),
  });
  chronicle?.end();
  parentPort?.postMessage(result);
  if (watch !== undefined) parentPort?.close();
});
parentPort?.postMessage("ready");
