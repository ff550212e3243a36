import { expect, test } from "vitest";
import { type AddressedRecord, contentRecord } from "../../core/record/index.ts";
import { portableSuite } from "../../core/suite/index.ts";
import { Kernel, Stream, Trace } from "../kernel/index.ts";
import { Network, type Packet } from "./index.ts";

function makeNetwork() {
  const kernel = new Kernel();
  const network = new Network(kernel, Stream.seeded(1), new Trace(portableSuite), portableSuite);
  const wait = (): void => kernel.runUntil(kernel.now + 10_000);
  return { kernel, network, wait };
}

test("what is sent to one name goes to another machine, by the sender, until the network heals", () => {
  const { network, wait } = makeNetwork();
  const heard: string[] = [];
  for (const name of ["door", "back"]) network.attach(name, (from) => heard.push(`${name} hears ${from}`));
  network.redirect("door", (from) => (from === "a" ? "back" : undefined));
  network.send("a", "door", Uint8Array.of(1));
  network.send("b", "door", Uint8Array.of(1));
  wait();
  network.heal();
  network.send("a", "door", Uint8Array.of(1));
  wait();
  expect(heard.sort()).toEqual(["back hears a", "door hears a", "door hears b"]);
});

test("an answer from another machine bears the name that was asked", () => {
  const { network, wait } = makeNetwork();
  const answers: Packet[] = [];
  network.tap((packet) => answers.push(packet), ["answer"]);
  network.attach("a", () => {});
  network.transport("back").onQuestion((_from, _bytes, reply) => reply(Uint8Array.of(7)));
  network.redirect("door", () => "back");
  let answer: Uint8Array | undefined;
  network.ask("a", "door", Uint8Array.of(1), (bytes) => (answer = bytes));
  wait();
  expect(answer).toEqual(Uint8Array.of(7));
  expect(answers).toMatchObject([{ from: "door", to: "a" }]);
});

test("a tap at arrival sees what somebody takes, and nothing that was lost on the way", () => {
  const { network, wait } = makeNetwork();
  const seen = { left: 0, arrived: 0 };
  network.tap(() => seen.left++);
  network.tap(() => seen.arrived++, ["datagram"], "arrives");
  network.attach("b", () => {});
  network.send("a", "b", Uint8Array.of(1));
  network.send("a", "nobody", Uint8Array.of(1));
  network.rule("cut", () => "drop");
  network.send("a", "b", Uint8Array.of(1));
  wait();
  expect(seen).toEqual({ left: 3, arrived: 1 });
});

test("a storing peer can give each reader another record", () => {
  const { network, wait } = makeNetwork();
  const [record, another] = [1, 2].map((body) => contentRecord(portableSuite, Uint8Array.of(body))) as [
    AddressedRecord,
    AddressedRecord,
  ];
  const [{ address }, { address: other }] = [record, another];
  for (const { address: at, value } of [record, another]) network.putRecord(at, value, Number.MAX_SAFE_INTEGER);
  network.alterRecords((value, at, reader) => (at === address && reader === "a" ? Uint8Array.of(1, 9) : value));
  const got: (number | undefined)[] = [];
  for (const [reader, at] of [
    ["a", address],
    ["a", other],
    ["b", address],
  ] as const) {
    network.transport(reader).getRecord(at, (value) => got.push(value?.[1]));
    wait();
  }
  expect(got).toEqual([9, 2, 1]);
});
