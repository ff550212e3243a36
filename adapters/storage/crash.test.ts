import { vi } from "vitest";
import { crashTests } from "./crash.testing.ts";

vi.mock("node:fs/promises", async (original) => {
  const { watched } = await import("./disk.testing.ts");
  return watched(await original());
});

crashTests(undefined);
