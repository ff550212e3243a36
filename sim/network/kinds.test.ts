// What is sent beside datagrams: gossip, questions and answers.
import { beforeEach, expect, test } from "vitest";
import { GOSSIP_BYTES_MAX } from "../../core/node/index.ts";
import { portableSuite } from "../../core/suite/index.ts";
import { Kernel, Stream, Trace } from "../kernel/index.ts";
import { ASK_MS_MAX, CALM, Network, type PacketKind } from "./index.ts";

const KINDS: readonly PacketKind[] = ["datagram", "gossip", "question", "answer"];
let kernel: Kernel;
let network: Network;
let trace: Trace;
/** `name heard byte from whom`, of gossip and questions, in the order of arrival. */
let log: string[];

function begin(seed = 1): void {
  kernel = new Kernel();
  trace = new Trace(portableSuite);
  network = new Network(kernel, Stream.seeded(seed), trace, portableSuite);
  log = [];
}
beforeEach(() => begin());

/** A node that notes what comes, and answers a question with its byte plus 100. */
function node(name: string): void {
  const port = network.transport(name);
  port.onReceive(() => {});
  port.onGossip((from, bytes) => log.push(`${name} heard ${bytes[0]} from ${from}`));
  port.onQuestion((from, bytes, reply) => {
    log.push(`${name} was asked ${bytes[0]} by ${from}`);
    reply(Uint8Array.of((bytes[0] ?? 0) + 100));
  });
}

function asked(from: string, to: string, byte: number): (number | undefined)[] {
  const answers: (number | undefined)[] = [];
  network.ask(from, to, Uint8Array.of(byte), (answer) => answers.push(answer?.[0]));
  return answers;
}

function pass(ms = ASK_MS_MAX): void {
  kernel.runUntil(kernel.now + ms);
}

test("gossip goes to the neighbours of a node that is up, and to nobody else", () => {
  for (let i = 0; i < 30; i++) node(`n${i}`);
  network.publish("n0", Uint8Array.of(5));
  pass();
  expect(log.sort()).toEqual(
    network
      .neighbours("n0")
      .map((name) => `${name} heard 5 from n0`)
      .sort(),
  );
  log = [];
  network.detach("n0");
  network.publish("n0", Uint8Array.of(6));
  pass();
  expect(log).toEqual([]);
  expect(network.neighbours("n1")).not.toContain("n0");
});

test("taps and rules tell the kinds apart, a tap sees datagrams unless it asks for more, and the trace names the kinds", () => {
  node("a");
  node("b");
  const all: string[] = [];
  const usual: string[] = [];
  network.tap(({ from, kind, to }) => all.push(`${kind} ${from} ${to}`), KINDS);
  network.tap(({ kind }) => usual.push(kind));
  network.send("a", "b", Uint8Array.of(1));
  network.publish("a", Uint8Array.of(2));
  const answers = asked("a", "b", 3);
  pass();
  expect(all).toEqual(["datagram a b", "gossip a b", "question a b", "answer b a"]);
  expect(usual).toEqual(["datagram"]);
  expect(answers).toEqual([103]);
  const steps = trace.timeline().map(({ kind, note }) => `${kind} ${note ?? ""}`);
  for (const kind of ["gossip", "question", "answer"]) {
    expect(steps).toContain(`packet ${kind}`);
    expect(steps).toContain(`arrive ${kind}`);
  }
  network.rule("no answers", ({ kind }) => (kind === "answer" ? "drop" : "pass"));
  expect([asked("a", "b", 4), pass()]).toEqual([[undefined], undefined]);
  expect(trace.timeline().at(-1)).toMatchObject({ kind: "drop", note: "answer" });
});

test("a question is over once: with its answer, or without after its time", () => {
  node("a");
  node("b");
  const toNobody = asked("a", "nobody", 1);
  pass(ASK_MS_MAX - 1);
  expect(toNobody).toEqual([]);
  pass(1);
  expect(toNobody).toEqual([undefined]);
  network.rule("slow", ({ kind }) => (kind === "answer" ? { delayMs: ASK_MS_MAX } : "pass"));
  const late = asked("a", "b", 2);
  pass(3 * ASK_MS_MAX);
  expect(late).toEqual([undefined]);
  network.removeRule("slow");
  network.conditions = { ...CALM, duplicationRate: 1 };
  const doubled = asked("a", "b", 3);
  pass(3 * ASK_MS_MAX);
  expect(doubled).toEqual([103]);
  network.conditions = { ...CALM, lossRate: 1 };
  const lost = asked("a", "b", 4);
  pass();
  expect(lost).toEqual([undefined]);
});

test("partitions cut gossip and questions too, and an answer does not reach who went down", () => {
  node("a");
  node("b");
  network.partition("p", ["b"], ["a"], true);
  network.publish("b", Uint8Array.of(1));
  const unanswered = asked("a", "b", 2);
  pass();
  expect(log).toEqual(["b was asked 2 by a"]);
  expect(unanswered).toEqual([undefined]);
  network.heal();
  const gone = asked("a", "b", 3);
  network.detach("a");
  pass();
  expect(gone).toEqual([undefined]);
});

test("an adversary alters answers, answers in a node's place, swallows questions, and stops at healing", () => {
  node("a");
  node("b");
  network.alter(({ bytes, kind }) => (kind === "answer" ? Uint8Array.of((bytes[0] ?? 0) + 1) : bytes));
  const altered = asked("a", "b", 1);
  pass();
  expect(altered).toEqual([102]);
  network.heal();
  network.answerFor("b", (from, [byte = 0]) => {
    if (byte === 3) return "drop";
    return byte === 4 ? "pass" : Uint8Array.of(from.length + 10);
  });
  network.answerFor("nobody", () => Uint8Array.of(77));
  const answers = [asked("a", "b", 2), asked("a", "b", 3), asked("a", "b", 4), asked("a", "nobody", 5)];
  log = [];
  pass();
  expect(answers).toEqual([[11], [undefined], [104], [77]]);
  expect(log).toEqual(["b was asked 4 by a"]);
  network.heal();
  const honest = asked("a", "b", 6);
  pass();
  expect(honest).toEqual([106]);
});

test("injected gossip reaches chosen nodes only; an injected question is answered to who did not ask", () => {
  for (const name of ["a", "b", "c"]) node(name);
  const seen: string[] = [];
  network.tap(({ bytes, from, to }) => seen.push(`${from} ${to} ${bytes[0]}`), ["answer"]);
  network.inject("a", "b", Uint8Array.of(1), "lie", "gossip");
  network.inject("c", "b", Uint8Array.of(2), "probe", "question");
  pass();
  expect(log.sort()).toEqual(["b heard 1 from a", "b was asked 2 by c"]);
  expect(seen).toEqual(["b c 102"]);
  expect(
    trace
      .timeline()
      .filter(({ kind }) => kind === "inject")
      .map(({ note }) => note),
  ).toEqual(["gossip: lie", "question: probe"]);
});

test("made and cut links carry gossip accordingly, until the network heals", () => {
  for (let i = 0; i < 30; i++) node(`n${i}`);
  const usual = network.neighbours("n0");
  for (const name of usual) network.unlink("n0", name);
  network.link("n0", "n29");
  network.publish("n0", Uint8Array.of(1));
  pass();
  expect(log).toEqual(["n29 heard 1 from n0"]);
  network.heal();
  expect(network.neighbours("n0")).toEqual(usual);
});

test("what is sent beside them changes nothing for datagrams, and a middle byte shows in the trace", () => {
  function arrivals(gossips: number): number[] {
    begin();
    node("a");
    const times: number[] = [];
    network.attach("b", () => times.push(kernel.now));
    for (let i = 0; i < gossips; i++) network.publish("a", Uint8Array.of(i));
    asked("b", "a", 1);
    network.conditions = { ...CALM, jitterMs: 1_000, lossRate: 0.5, duplicationRate: 0.5 };
    for (let i = 0; i < 50; i++) network.send("a", "b", Uint8Array.of(i));
    pass();
    return times;
  }
  expect(arrivals(5)).toEqual(arrivals(0));
  function hashOf(middle: number): string {
    begin();
    node("a");
    node("b");
    const bytes = new Uint8Array(GOSSIP_BYTES_MAX);
    bytes[8_000] = middle;
    network.publish("a", bytes);
    pass();
    return trace.hash();
  }
  expect(hashOf(1)).toBe(hashOf(1));
  expect(hashOf(1)).not.toBe(hashOf(2));
});
