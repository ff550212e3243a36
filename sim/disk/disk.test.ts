import fc from "fast-check";
import { expect, test } from "vitest";
import { appendRecord, type LogHead, recover, startGeneration } from "../../core/logstore/index.ts";
import { logStorageConformance } from "../../core/node/conformance.testing.ts";
import { portableSuite as suite } from "../../core/suite/index.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { SimDisk } from "./index.ts";

logStorageConformance("the simulated disk", () => {
  const kernel = new Kernel();
  const disk = new SimDisk(kernel, Stream.seeded(1));
  return {
    storage: disk,
    restart: () => disk,
    settle: (reached) => {
      for (let i = 0; i < 100 && !reached(); i++) kernel.runUntil(kernel.now + 10);
    },
  };
});

test("crashes in a row, at any moment, keep what was acknowledged and never look like damage", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.array(fc.tuple(fc.boolean(), fc.nat(5)), { maxLength: 40 }), (seed, steps) => {
      const kernel = new Kernel();
      const disk = new SimDisk(kernel, Stream.seeded(seed));
      let acknowledged = -1;
      let next = 0;
      let head: LogHead | undefined;
      let rewrite = true;
      for (const [asReplacement, waitMs] of steps) {
        const payload = Uint8Array.of(next);
        const replaces = rewrite || asReplacement || head === undefined;
        const made =
          replaces || head === undefined
            ? startGeneration(suite, (head?.generation ?? 0) + 1, payload)
            : appendRecord(suite, head, payload);
        const number = next++;
        let done = false;
        disk[replaces ? "replace" : "append"](made.bytes, made.anchor, () => {
          done = true;
        });
        kernel.runUntil(kernel.now + waitMs);
        if (done) {
          acknowledged = number;
          head = made.head;
          rewrite = false;
          continue;
        }
        disk.crash();
        const { anchor, log } = disk.stored();
        const found = recover(suite, log, anchor);
        expect(found.status).not.toBe("damaged");
        const last = found.payloads.at(-1)?.[0] ?? -1;
        expect([acknowledged, number]).toContain(last);
        head = found.head;
        rewrite = found.status === "torn";
        acknowledged = last;
        next = Math.max(next, last + 1);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});
