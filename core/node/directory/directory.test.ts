import { describe, expect, test } from "vitest";
import { portableSuite } from "../../suite/index.ts";
import { Bench } from "../pair.testing.ts";
import { addClient, addLog, eventsOf, remembering, standInBls } from "./testing.ts";

const suite = remembering(standInBls(portableSuite));

describe("a directory, its witnesses, a mirror and two people", () => {
  test("a label is registered, found by somebody else, and they talk", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const bob = addClient(bench, "bob", [log]);
    const alice = addClient(bench, "alice", [log]);
    bench.pass(11_000);
    expect(eventsOf(alice, "directory.head").length).toBeGreaterThan(0);
    bob.command({ kind: "register-label", label: "bob" });
    alice.command({ kind: "register-label", label: "alice" });
    bench.pass(31_000);
    expect(eventsOf(bob, "label.registered")).toMatchObject([{ label: "bob", version: 1 }]);
    alice.command({ kind: "add-labelled", name: "Bob", label: "bob" });
    bob.command({ kind: "add-labelled", name: "Alice", label: "alice" });
    bench.pass(2_000);
    expect(eventsOf(alice, "label.found")).toMatchObject([{ label: "bob", account: bob.engine.account, version: 1 }]);
    alice.say(bob, "found you");
    bench.pass(5_000);
    expect(eventsOf(bob, "message").map(({ body }) => Buffer.from(body).toString())).toEqual(["found you"]);
    expect(alice.engine.contacts()).toMatchObject([{ name: "Bob", trust: "directory" }]);
    expect(eventsOf(bob, "label.alarm")).toEqual([]);
  });
});
