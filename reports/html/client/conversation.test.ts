import { expect, test } from "vitest";
import type { RunResult, TimelineEntry } from "../../../sim/result.ts";
import { failedRun, heldRun } from "../../sample.testing.ts";
import type { PageRun } from "../data.ts";
import { conversation } from "./conversation.ts";

const model = conversation();
const pair = { a: "alice", b: "bob" };

function pageRun(result: RunResult, timeline: readonly TimelineEntry[] = result.timeline): PageRun {
  return { ...result, replay: "", detail: { timeline, timelineDropped: 0, states: {} } };
}

function packet(atMs: number, kind: "packet" | "arrive" | "drop" | "inject", from: string, to: string, bytes: number) {
  return { atMs, kind, from, to, bytes } satisfies TimelineEntry;
}

test("flights match by ends and length, the oldest first", () => {
  const run = pageRun(heldRun(), [
    packet(1, "packet", "alice", "bob", 512),
    packet(2, "packet", "alice", "bob", 1024),
    packet(3, "packet", "alice", "bob", 512),
    packet(4, "arrive", "alice", "bob", 1024),
    packet(5, "packet", "bob", "alice", 512),
    packet(6, "arrive", "alice", "bob", 512),
    packet(7, "drop", "alice", "bob", 512),
    packet(8, "arrive", "alice", "bob", 512),
  ]);
  const steps = model.steps(run, pair, false);
  expect(steps.map((step) => step.end ?? step.start)).toEqual([5, 3, 6, 1, undefined, 0, 2, undefined]);
});

test("a view holds what concerns its two nodes, and their other traffic only when asked for", () => {
  const timeline: TimelineEntry[] = [
    packet(1, "packet", "alice", "bob", 512),
    packet(2, "packet", "alice", "carol", 512),
    packet(3, "arrive", "alice", "carol", 512),
    packet(4, "packet", "carol", "bob", 512),
    packet(5, "arrive", "carol", "bob", 512),
    packet(6, "inject", "mallory", "bob", 64),
    packet(7, "arrive", "mallory", "bob", 64),
    { atMs: 8, kind: "event", from: "carol", note: "x" },
    { atMs: 9, kind: "crash", from: "bob" },
    { atMs: 10, kind: "fault", from: "network", note: "heal" },
    { atMs: 11, kind: "fault", from: "carol", to: "dave", note: "partition" },
  ];
  const at = (others: boolean) => model.steps(pageRun(heldRun(), timeline), pair, others).map((step) => step.atMs);
  expect(at(false)).toEqual([1, 6, 7, 9, 10]);
  expect(at(true)).toEqual([1, 2, 5, 6, 7, 9, 10]);
});

test("violations stand where they happened, after what happened at the same time", () => {
  const oracle = (name: string, atMs: number) => ({ name, verdict: "failed" as const, checks: 1, atMs });
  const run = pageRun(failedRun({ oracles: [oracle("last", 99), oracle("second", 11), oracle("first", 10)] }));
  expect(model.steps(run, pair, false).map((step) => step.note?.split(":")[0] ?? step.kind)).toEqual([
    "message 0",
    "first",
    "packet",
    "second",
    "arrive",
    "message 0",
    "last",
  ]);
});

test("the pair shown first is that of the first failure, else the one that talks the most", () => {
  const say = (atMs: number, from: string, to: string): TimelineEntry => ({ atMs, kind: "say", from, to });
  const timeline = [say(1, "alice", "bob"), say(2, "carol", "dave"), say(3, "dave", "carol"), say(4, "bob", "dave")];
  const first = (result: RunResult) => Object.values(model.defaultPair(pageRun(result, timeline))).sort();
  expect(first(heldRun())).toEqual(["carol", "dave"]);
  expect(first(failedRun({}, { message: "bob lost a message of alice" }))).toEqual(["alice", "bob"]);
  expect(first(failedRun({}, { message: "alice lost something" }))).toEqual(["alice", "bob"]);
  expect(first(failedRun({}, { message: "something was lost", atMs: 1 }))).toEqual(["alice", "bob"]);
  expect(first(failedRun({}, { message: "something was lost", atMs: 4 }))).toEqual(["bob", "dave"]);
  expect(model.defaultPair(pageRun(heldRun(), []))).toEqual({ a: "", b: "" });
});

test("nodes come in natural order", () => {
  const timeline = ["n10", "n2", "n1"].map((from): TimelineEntry => ({ atMs: 1, kind: "event", from }));
  expect(model.nodes(pageRun(heldRun(), timeline))).toEqual(["n1", "n2", "n10"]);
});
