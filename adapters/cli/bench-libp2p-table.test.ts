import { expect, test } from "vitest";
import type { Comparison, Outcome } from "../bench/libp2p/index.ts";
import { isComplete, libp2pLines, libp2pTable } from "./bench-libp2p-table.ts";

const VIRTUAL: Outcome = {
  delivered: 4_950,
  connections: 300,
  clockMs: 30_000,
  wallMs: 1_000,
  formingCpuMs: 600,
  messagingCpuMs: 495,
  rssBytes: 2 ** 28,
  digest: "00",
};
const REAL: Outcome = { ...VIRTUAL, wallMs: 30_000 };
const COMPARISON: Comparison = {
  workload: { nodes: 100, dht: false, seconds: 30, seed: 1 },
  virtual: VIRTUAL,
  real: REAL,
};

test("virtual and real time side by side, and whether the aims are met", () => {
  const withDht = { ...COMPARISON, workload: { ...COMPARISON.workload, dht: true } };
  const [off, on] = libp2pTable([COMPARISON, withDht]).blocks;
  const row = (name: string) => off?.rows.find((each) => each.name === name);
  expect(row("seconds of its clock in a second")).toMatchObject({ cells: ["30.0", "1.00"], aim: "> 20", met: true });
  expect(row("node-seconds in a second")).toMatchObject({ cells: ["3,000", "100"], aim: "> 2,000", met: true });
  expect(row("CPU for each connection, until the first message")?.cells).toEqual(["2.00 ms", "2.00 ms"]);
  expect(row("CPU for each delivery, from then on")?.cells).toEqual(["0.10 ms", "0.10 ms"]);
  expect(row("as fast as in real time")?.cells).toEqual(["30.0 times", ""]);
  expect(on?.rows.every(({ met }) => met === undefined)).toBe(true);
  expect(libp2pTable([COMPARISON]).blocks).toHaveLength(1);
});

test("what is slower than it is to be is said so, and that there is nothing to compare with", () => {
  const slow = { ...COMPARISON, virtual: { ...VIRTUAL, wallMs: 2_000 }, real: undefined };
  const { blocks, notes } = libp2pTable([slow]);
  expect(blocks[0]?.rows[1]).toMatchObject({ cells: ["15.0", ""], met: false });
  expect(notes.at(-1)).toMatch(/@libp2p\/memory/u);
  expect(libp2pLines(slow)).toHaveLength(1);
});

test("what was not delivered to everybody counts for nothing", () => {
  const short = { ...COMPARISON, real: { ...REAL, delivered: 4_949 } };
  const { blocks, notes } = libp2pTable([short]);
  expect(blocks[0]?.rows[0]?.cells).toEqual(["4,950 of 4,950", "4,949 of 4,950"]);
  expect(notes.at(-1)).toMatch(/^FAILED/u);
  expect([COMPARISON, short].map(isComplete)).toEqual([true, false]);
});

test("a line of JSON for each play", () => {
  const [virtual, real] = libp2pLines(COMPARISON).map((line) => JSON.parse(line) as object);
  expect(virtual).toMatchObject({
    benchmark: "libp2p",
    nodes: 100,
    clock: "virtual",
    nodeSeconds: 3_000,
    timesReal: 30,
  });
  expect(real).toMatchObject({ clock: "real", nodeSeconds: 100 });
});
