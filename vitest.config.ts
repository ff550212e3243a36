import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes minutes goes first, or one worker ends with it alone. A fresh checkout knows no durations. */
const SLOW = ["adapters/cli/scenarios.test.ts", "adapters/lab/networks.test.ts"];

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification): boolean => SLOW.some((file) => moduleId.endsWith(file));
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  resolve: { alias: { "aegir/chai": fileURLToPath(import.meta.resolve("./adapters/virtual/chai.testing.ts")) } },
  test: {
    include: ["{core,sim,scenarios,adapters,fuzz,reports}/**/*.test.ts"],
    testTimeout: 60_000,
    // Whole programs and real networks wait more than they work: a core for the runner itself would stand idle.
    maxWorkers: "100%",
    sequence: { sequencer: SlowFirst },
    // For the alias above to hold in it.
    server: { deps: { inline: ["@libp2p/interface-compliance-tests"] } },
  },
});
