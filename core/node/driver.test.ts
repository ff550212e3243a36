import { beforeEach, describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { ASKS_WAITING_MAX, Driver, EFFECTS_BEFORE_DROP, EFFECTS_WAITING_MAX, type Ports } from "./driver.ts";
import type { Engine } from "./engine.ts";
import { QUESTIONS_PER_ASKER_MAX, QUESTIONS_WAITING_MAX } from "./questions.ts";
import type { Clock, Effect, IndexStorage, Input, LogStorage, Transport } from "./ports.ts";

type Done = (failure?: Error) => void;

/** Ports that note what they are asked for, and do nothing until they are told to. */
class FakePorts {
  readonly calls: string[] = [];
  /** Writes under way, of the log or the index, oldest first. */
  readonly writes: Done[] = [];
  readonly timers: { readonly at: number; readonly callback: () => void }[] = [];
  readonly asks: ((answer: Uint8Array | undefined) => void)[] = [];
  readonly lookups: ((value: Uint8Array | undefined) => void)[] = [];
  receive: (from: string, bytes: Uint8Array) => void = () => {};
  gossip: (from: string, bytes: Uint8Array) => void = () => {};
  question: (from: string, bytes: Uint8Array, reply: (answer: Uint8Array) => void) => void = () => {};
  relocated: () => void = () => {};
  readonly addresses: string[] = ["me"];
  now = 1_000;

  readonly storage: LogStorage = {
    read: () => {},
    append: (bytes, _anchor, done) => this.#write(`append ${bytes}`, done),
    replace: (bytes, _anchor, done) => this.#write(`replace ${bytes}`, done),
  };

  readonly index: IndexStorage = {
    get: () => undefined,
    write: (writes, done) => this.#write(`store ${writes.map(({ key, value }) => `${key}=${value}`).join()}`, done),
  };

  readonly transport: Transport = {
    addresses: this.addresses,
    onRelocated: (handler) => (this.relocated = handler),
    send: (to, bytes) => void this.calls.push(`send ${to} ${bytes}`),
    onReceive: (handler) => (this.receive = handler),
    putRecord: (address, value, expires) => void this.calls.push(`put ${address} ${value} ${expires}`),
    getRecord: (address, done) => {
      this.calls.push(`get ${address}`);
      this.lookups.push(done);
    },
    publish: (bytes) => void this.calls.push(`publish ${bytes}`),
    onGossip: (handler) => (this.gossip = handler),
    ask: (to, bytes, done) => {
      this.calls.push(`ask ${to} ${bytes}`);
      this.asks.push(done);
    },
    onQuestion: (handler) => (this.question = handler),
  };

  readonly clock: Clock = {
    now: () => this.now,
    at: (at, callback) => {
      const timer = { at, callback };
      this.timers.push(timer);
      return () => void this.timers.splice(this.timers.indexOf(timer), 1);
    },
  };

  #write(call: string, done: Done): void {
    this.calls.push(call);
    this.writes.push(done);
  }

  /** The oldest write under way is durable, or failed. */
  finish(failure?: Error): void {
    const done = this.writes.shift();
    expect(done).toBeDefined();
    done?.(failure);
  }

  wake(): void {
    for (const { callback } of this.timers.splice(0)) callback();
  }
}

/** An engine that answers inputs as the test says. */
class FakeEngine {
  /** All but those that tell where the node is reached. */
  readonly inputs: Input[] = [];
  readonly relocations: (readonly string[])[] = [];
  answer: (input: Input) => readonly Effect[] = () => [];

  handle(input: Input): readonly Effect[] {
    if (input.kind === "relocated") this.relocations.push(input.addresses);
    else this.inputs.push(input);
    return this.answer(input);
  }
}

let ports: FakePorts;
let engine: FakeEngine;
let events: string[];
let failures: string[];
let driver: Driver;

function drive(given: Ports = ports): Driver {
  return new Driver(
    engine as unknown as Engine,
    given,
    (event) => events.push(event.kind),
    (failure) => failures.push(failure.message),
  );
}

beforeEach(() => {
  ports = new FakePorts();
  engine = new FakeEngine();
  events = [];
  failures = [];
  driver = drive();
});

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const send = (value: number): Effect => ({ kind: "send", to: "peer", bytes: bytes(value) });
const append = (value: number): Effect => ({ kind: "append", bytes: bytes(value), anchor: bytes() });
const replace = (value: number): Effect => ({ kind: "replace", bytes: bytes(value), anchor: bytes() });
const store = (sequence: number): Effect => ({
  kind: "store",
  sequence,
  writes: [
    { key: bytes(sequence), value: bytes(7) },
    { key: bytes(0), value: undefined },
  ],
});
const reply = (id: number, value: number): Effect => ({ kind: "reply", id, bytes: bytes(value) });
const ask = (request: number): Effect => ({ kind: "ask", request, to: "server", bytes: bytes(request % 256) });
const inputsOf = (kind: Input["kind"]): Input[] => engine.inputs.filter((input) => input.kind === kind);

describe("what follows a write waits until it is durable", () => {
  test.each([
    ["append", append(1), "append 1"],
    ["replace", replace(1), "replace 1"],
    ["store", store(1), "store 1=7,0=undefined"],
  ] as const)("%s", (_kind, write, call) => {
    driver.perform([send(1), write, send(2), { kind: "publish", bytes: bytes(3) }]);
    expect(ports.calls).toEqual(["send peer 1", call]);
    // Nor does what comes meanwhile overtake it.
    engine.answer = () => [send(4), { kind: "event", event: { kind: "queued", token: 1, id: "m" } as never }];
    ports.receive("peer", bytes(9));
    expect(ports.calls).toHaveLength(2);
    expect(events).toEqual([]);
    engine.answer = () => [];
    ports.finish();
    expect(ports.calls).toEqual(["send peer 1", call, "send peer 2", "publish 3", "send peer 4"]);
    expect(events).toEqual(["queued"]);
  });

  test("one write at a time, in order, of the log and of the index", () => {
    driver.perform([append(1), store(2), replace(3), send(4)]);
    const calls = ["append 1", "store 2=7,0=undefined", "replace 3", "send peer 4"];
    for (let done = 1; done < calls.length; done++) {
      expect(ports.calls).toEqual(calls.slice(0, done));
      expect(ports.writes).toHaveLength(1);
      ports.finish();
    }
    expect(ports.calls).toEqual(calls);
  });

  test("the engine is told of each store once, when it is durable, and what it does then comes in its turn", () => {
    engine.answer = (input) => (input.kind === "stored" ? [send(input.sequence)] : []);
    driver.perform([store(1), append(2), store(3), send(9)]);
    expect(inputsOf("stored")).toEqual([]);
    ports.finish();
    expect(inputsOf("stored")).toEqual([{ kind: "stored", sequence: 1 }]);
    // What the input gave comes after the effects that were there before.
    ports.finish();
    ports.finish();
    expect(inputsOf("stored").map((input) => input.kind === "stored" && input.sequence)).toEqual([1, 3]);
    expect(ports.calls.filter((call) => call.startsWith("send"))).toEqual([
      "send peer 9",
      "send peer 1",
      "send peer 3",
    ]);
  });

  test.each([
    ["append", append(1)],
    ["replace", replace(1)],
    ["store", store(1)],
  ] as const)("a failed %s stops the node before anything else is done", (_kind, write) => {
    driver.perform([{ kind: "wake", at: 2_000 }, write, send(2)]);
    ports.finish(new Error("disk full"));
    expect([failures, driver.stopped]).toEqual([["disk full"], true]);
    ports.receive("peer", bytes(1));
    ports.question("peer", bytes(1), () => {});
    driver.command({ kind: "confirm", id: "m" });
    expect([ports.calls.length, engine.inputs, ports.timers]).toEqual([1, [], []]);
  });

  test.each([undefined, new Error("disk full")])(
    "a write that ends after the node was stopped changes nothing (%s)",
    (failure) => {
      driver.perform([store(1), send(2)]);
      driver.stop();
      ports.finish(failure);
      expect([ports.calls.length, engine.inputs, failures]).toEqual([1, [], []]);
    },
  );

  test("a node without an index must not store", () => {
    const { clock, storage, transport } = ports;
    expect(() => drive({ clock, storage, transport }).perform([store(1)])).toThrow(AssertionFailure);
  });
});

describe("what the disk cannot keep up with", () => {
  const sends = (count: number): Effect[] => Array.from({ length: count }, () => send(1));

  test("datagrams, gossip and questions are dropped while too much waits, and taken again afterwards", () => {
    driver.perform([append(1)]);
    driver.perform(sends(EFFECTS_BEFORE_DROP - 1));
    ports.gossip("peer", bytes(2));
    expect(engine.inputs.splice(0)).toHaveLength(1);
    driver.perform(sends(1));
    const come = (): void => {
      ports.receive("peer", bytes(1));
      ports.gossip("peer", bytes(2));
      ports.question("peer", bytes(3), () => {});
    };
    come();
    expect(engine.inputs).toEqual([]);
    ports.finish();
    come();
    expect(engine.inputs.map(({ kind }) => kind)).toEqual(["receive", "gossip", "question"]);
  });

  test("one effect too many stops the node rather than be lost", () => {
    driver.perform([append(1)]);
    driver.perform(sends(EFFECTS_WAITING_MAX));
    expect(failures).toEqual([]);
    engine.answer = () => [send(2)];
    driver.command({ kind: "confirm", id: "m" });
    expect([failures.length, driver.stopped]).toEqual([1, true]);
    ports.finish();
    expect(ports.calls).toEqual(["append 1"]);
  });
});

describe("questions of others", () => {
  test("come with numbers of their own, and a reply goes to its question, once", () => {
    const replies: string[] = [];
    for (const name of ["a", "b"]) ports.question(name, bytes(1), (answer) => replies.push(`${name} ${answer}`));
    const ids = inputsOf("question").map((input) => (input.kind === "question" ? input.id : -1));
    expect(inputsOf("question")).toEqual([
      { kind: "question", from: "a", id: ids[0], bytes: bytes(1) },
      { kind: "question", from: "b", id: ids[1], bytes: bytes(1) },
    ]);
    const [a = -1, b = -1] = ids;
    driver.perform([reply(b, 2), reply(a, 1), reply(b, 3), reply(999, 4)]);
    expect(replies).toEqual(["b 2", "a 1"]);
  });

  test("a reply waits for the write before it", () => {
    const replies: Uint8Array[] = [];
    engine.answer = (input) => (input.kind === "question" ? [append(1), reply(input.id, 5)] : []);
    ports.question("a", bytes(1), (answer) => replies.push(answer));
    expect(replies).toEqual([]);
    ports.finish();
    expect(replies).toEqual([bytes(5)]);
  });

  test("beyond the limit the oldest is never answered, and all others are", () => {
    const answered: number[] = [];
    for (let number = 0; number <= QUESTIONS_WAITING_MAX; number++) {
      ports.question(`asker ${number % 100}`, bytes(), () => answered.push(number));
    }
    const ids = inputsOf("question").map((input) => (input.kind === "question" ? input.id : -1));
    expect(new Set(ids).size).toBe(QUESTIONS_WAITING_MAX + 1);
    driver.perform(ids.map((id) => reply(id, 1)));
    expect(answered).toEqual(Array.from({ length: QUESTIONS_WAITING_MAX }, (_, index) => index + 1));
  });
});

test("one asker's questions beyond its share cost it its own, and nobody else theirs", () => {
  const answered: string[] = [];
  ports.question("quiet", bytes(), () => answered.push("quiet"));
  for (let number = 0; number <= QUESTIONS_PER_ASKER_MAX; number++) {
    ports.question("loud", bytes(), () => answered.push(`loud ${number}`));
  }
  driver.perform(inputsOf("question").map((input) => reply(input.kind === "question" ? input.id : -1, 1)));
  expect(answered).toHaveLength(QUESTIONS_PER_ASKER_MAX + 1);
  expect(answered.slice(0, 2)).toEqual(["quiet", "loud 1"]);
});

describe("own questions", () => {
  test("are asked, and each answer comes with its request, also that there is none", () => {
    driver.perform([ask(1), ask(2)]);
    expect(ports.calls).toEqual(["ask server 1", "ask server 2"]);
    ports.asks[1]?.(undefined);
    ports.asks[0]?.(bytes(4));
    expect(engine.inputs).toEqual([
      { kind: "answer", request: 2, bytes: undefined },
      { kind: "answer", request: 1, bytes: bytes(4) },
    ]);
  });

  test("beyond the limit go unanswered without being asked, later; one that is over makes room", () => {
    driver.perform(Array.from({ length: ASKS_WAITING_MAX + 1 }, (_, request) => ask(request)));
    expect(ports.asks).toHaveLength(ASKS_WAITING_MAX);
    expect(engine.inputs).toEqual([]);
    expect(ports.timers.map(({ at }) => at)).toEqual([ports.now]);
    ports.wake();
    expect(engine.inputs).toEqual([{ kind: "answer", request: ASKS_WAITING_MAX, bytes: undefined }]);
    ports.asks[5]?.(bytes(1));
    driver.perform([ask(2_000), ask(2_001)]);
    expect(ports.asks).toHaveLength(ASKS_WAITING_MAX + 1);
    ports.wake();
    expect(inputsOf("answer").map((input) => input.kind === "answer" && input.request)).toEqual([
      ASKS_WAITING_MAX,
      5,
      2_001,
    ]);
  });

  test("answers to a node that was stopped change nothing", () => {
    driver.perform([ask(1), { kind: "get-record", request: 2, address: bytes(1) }]);
    driver.stop();
    ports.asks[0]?.(bytes(1));
    ports.lookups[0]?.(bytes(1));
    expect(engine.inputs).toEqual([]);
  });
});

test("gossip reaches the engine with whom it came from", () => {
  ports.gossip("neighbour", bytes(1, 2));
  expect(engine.inputs).toEqual([{ kind: "gossip", from: "neighbour", bytes: bytes(1, 2) }]);
});

test("the engine is told where it is reached at its start, once its first effects are under way, and on each change", () => {
  engine.answer = (input) => (input.kind === "relocated" ? [send(input.addresses.length)] : []);
  expect(engine.relocations).toEqual([]);
  driver.perform([send(9)]);
  expect(engine.relocations.splice(0).map((told) => [...told])).toEqual([["me"]]);
  ports.addresses.push("me too");
  ports.relocated();
  expect(engine.relocations).toEqual([["me", "me too"]]);
  expect(ports.calls).toEqual(["send peer 9", "send peer 1", "send peer 2"]);
  driver.stop();
  ports.relocated();
  expect(engine.relocations).toHaveLength(1);
});

test("a later wake replaces an earlier one, and comes once", () => {
  driver.perform([
    { kind: "wake", at: 5_000 },
    { kind: "wake", at: 3_000 },
  ]);
  expect(ports.timers.map(({ at }) => at)).toEqual([3_000]);
  ports.wake();
  expect(engine.inputs).toEqual([{ kind: "wake" }]);
});

test("an engine that throws is not asked again", () => {
  engine.answer = () => {
    throw new Error("bug");
  };
  ports.receive("peer", bytes(1));
  ports.receive("peer", bytes(2));
  expect([failures, driver.stopped, engine.inputs.length]).toEqual([["bug"], true, 1]);
});
