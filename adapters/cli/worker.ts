// One thread that plays runs: nothing of the protocol is loaded before a sabotage, if any, is in place.
import { parentPort, workerData } from "node:worker_threads";
import { installSabotage } from "../../sim/sabotage/index.ts";
import type { Job } from "./plan.ts";

const { sabotage } = workerData as { readonly sabotage: string | undefined };
const demandApplied = sabotage === undefined ? () => {} : installSabotage(sabotage);
const [{ run }, { scenarios }, { simulationSuite }] = await Promise.all([
  import("../../sim/index.ts"),
  import("../../scenarios/index.ts"),
  import("../suite/index.ts"),
]);
demandApplied();

parentPort?.on("message", ({ parameters, scenario: name, seed }: Job) => {
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new RangeError(`unknown scenario ${name}`);
  const result = run(scenario, {
    seed,
    parameters,
    suite: simulationSuite,
    stopwatch: () => performance.now(),
    ...(sabotage === undefined ? {} : { sabotage }),
  });
  parentPort?.postMessage(result);
});
parentPort?.postMessage("ready");
