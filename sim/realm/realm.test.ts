import { existsSync, readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { EPOCH_MS } from "../kernel/index.ts";
import type { Outcome } from "./planted.testing.ts";
import { plantNames } from "./plants.testing.ts";
import { posted } from "./thread.testing.ts";

const SCRIPT = new URL("./planted.testing.ts", import.meta.url);

let virtual: Map<string, Outcome>;

async function outcomes(names: readonly string[]): Promise<Map<string, Outcome>> {
  const all = await posted<Outcome>(SCRIPT, names);
  return new Map(all.map((outcome) => [outcome.name, outcome]));
}

beforeAll(async () => {
  virtual = await outcomes(plantNames.virtual);
});

test("a value of the world is the same in every run, and nobody has to be refused", async () => {
  expect([...virtual.keys()]).toEqual(plantNames.virtual);
  for (const { breaches, failure, value } of virtual.values()) {
    expect({ breaches, failure }).toEqual({ breaches: [], failure: undefined });
    expect(value).toBeDefined();
  }
  expect(await outcomes(plantNames.virtual)).toEqual(virtual);
});

test.each([
  ["date", [EPOCH_MS, EPOCH_MS, EPOCH_MS, "Thu Jan 01 2026 00:00:00", true]],
  [
    "localTime",
    [
      ...["2026-01-02T03:04:05.000Z", 3, 0, "Fri Jan 02 2026 03:04:05 GMT+0000 (Coordinated Universal Time)"],
      ...[25_200_000, Date.UTC(2026, 0, 2, 3, 4, 5), Date.UTC(2026, 0, 2, 3, 4), "1/2/2026, 3:04:05 AM", "UTC"],
    ],
  ],
  ["clocks", [3_000, EPOCH_MS, 3_000, 3, [3, 0], [1, 999_999_999], 3_000_000_000n, {}]],
  ["abortSignalTimeout", [250, "TimeoutError"]],
  ["promisified", [40, "value"]],
  ["mathRandom", [0.1415559472516179, 0.7632355531677604]],
  ["webRandom", ["7a0db54e7c6ae148", "fba4ad71-1a6f-47db-aacd-e8e50238f3f6"]],
  [
    "nodeRandom",
    [
      ...["53817e6747b2e94f", "04d883f33dc5f573", "000000003eec5b88", "493db672", 152, 527],
      ...["a21782fa-053c-41a1-949a-391004cb853d", "3bfabf20", "267e22cd", "5ea17a97"],
    ],
  ],
  ["keyPairs", ["7L6MuwMq29k1Mv40rGk-TgHNQOjICkTCF-T9QboWa94", "UpQw3ua5yr9tZEswOpb9tjpa0SWAqWhi9LgLaBp_-ms"]],
  [
    "shuffle",
    [
      "16 21 18 7 15 19 3 13 8 23 11 4 17 20 6 22 10 12 9 14 2 5 1 0",
      "11 8 15 18 9 14 2 17 10 19 16 20 23 1 22 21 3 6 12 13 0 4 7 5",
    ],
  ],
  ["locale", ["i", "1,234.5", "aäbB", "en-US", "en-US"]],
  ["machine", ["realm", 1, {}, [0, 0, 0], 0, 0, true, "realm", "/", "0", 1, "Node.js", "en-US"]],
  ["process", [1, 0, "/", [], 0, 0, 0, 0, false, 10]],
  ["storage", ["undefined", "undefined"]],
  ["weakRef", 10],
  ["allocUnsafe", ["0000000000000000", "0000000000000000"]],
  ["broadcastChannel", [{ n: 1 }]],
  ["importOfNodes", "function"],
  ["signals", 1],
  ["arithmetic", ["41c54fe63fed1140", "71a379094f930a40", "7abf41bece76f03f", "967e529caa4da23f", "9e1858ba5d9bfe3f"]],
  ["computed", ["8829ab30", "3a6eb079", true]],
])("%s is what the seed, the epoch or the world's own say", (name, value) => {
  expect(virtual.get(name)?.value).toEqual(value);
});

test("the present of Temporal, where there is one, is the kernel's", () => {
  const told = virtual.get("temporal")?.value;
  const now = ["2026-01-01T00:00:02Z", "UTC", "2026-01-01T00:00:02+00:00[UTC]", "2026-01-01T00:00:02", "2026-01-01"];
  expect(["absent", [...now, "00:00:02"]]).toContainEqual(told);
});

test("what the world does not control is refused, and named with who asked for it", async () => {
  const all = await outcomes(plantNames.refused);
  expect([...all.keys()]).toEqual(plantNames.refused);
  const known: Readonly<Record<string, string>> = {
    "fs.exists": "fs.exists",
    "child_process.exec": "child_process.execFile",
    "import of node:repl by require": "import of node:repl",
  };
  for (const { breaches, failure, name } of all.values()) {
    const what = known[name] ?? name;
    expect(failure).toBe(`RealmBreach: ${what} is outside of the deterministic world`);
    expect(breaches.map((breach) => breach.what)).toContain(what);
    expect(breaches.at(-1)?.stack).toContain("plants.testing.ts");
  }
});

test("what was taken before the realm was installed is seen and named, two thread-pool jobs in a race too", async () => {
  const all = await outcomes(plantNames.takenEarly);
  expect([...all.keys()]).toEqual(plantNames.takenEarly);
  // Their way leads over a method that is refused before anything begins.
  const known: Readonly<Record<string, string>> = {
    TCPWRAP: "net.Server.listen",
    HTTPCLIENTREQUEST: "net._normalizeArgs",
    BLOBREADER: "Blob.text",
  };
  for (const { breaches, name } of all.values()) {
    const what = known[name] ?? name.split(" ")[0];
    expect(breaches.map((breach) => breach.what)).toContain(what);
    expect(breaches[0]?.stack).toContain("plants.testing.ts");
  }
  expect(all.get("PBKDF2REQUEST in a race")?.breaches).toHaveLength(2);
});

test("every source that the README names has its test, or says that it has none", () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  const [, ...rows] = readme.split("\n").filter((line) => line.startsWith("| "));
  const plants = [...Object.values(plantNames).flat(), "util.debounce"];
  const cells = rows.map((row) => row.split(" | ").at(-1) ?? "");
  expect(cells.length).toBeGreaterThan(40);
  for (const cell of cells.filter((text) => !text.startsWith("none here") && !text.startsWith("---"))) {
    const names = Array.from(cell.matchAll(/`([^`]+)`/gu), ([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const [start = "", end = ""] = name.split("…");
      const file = ["./", "../divergence/"].some((folder) => existsSync(new URL(folder + name, import.meta.url)));
      const isPlant = (plant: string): boolean =>
        name.includes("…") ? plant.startsWith(start) && plant.endsWith(end) : plant === name;
      expect([name, file || plants.some(isPlant)]).toEqual([name, true]);
    }
  }
});
