import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{core,sim,scenarios,adapters,fuzz,reports}/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
