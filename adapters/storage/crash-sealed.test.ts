import { vi } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { crashTests } from "./crash.testing.ts";

vi.mock("node:fs/promises", async (original) => {
  const { watched } = await import("./disk.testing.ts");
  return watched(await original());
});

crashTests(new Secret(new Uint8Array(32).fill(7)));
