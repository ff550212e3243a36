import { describe, expect, test } from "vitest";
import { portableSuite } from "../../suite/index.ts";
import { decode } from "../../codec/index.ts";
import { Bench, type BenchNode } from "../pair.testing.ts";
import { questionCodec } from "./messages.ts";
import { addClient, addLog, eventsOf, remembering, standInBls, Usurper } from "./testing.ts";

const suite = remembering(standInBls(portableSuite));

function mirrored(node: BenchNode | undefined): number | undefined {
  return Object.values(node?.engine.inspect().logs ?? {})[0]?.mirrored;
}

describe("a mirror", () => {
  test("that comes late, or restarts, catches up from the records and serves lookups without the directory", () => {
    const bench = new Bench(suite);
    const log = addLog(bench, { mirrors: 2 });
    const [early, late] = log.mirrors as [BenchNode, BenchNode];
    late.up = false;
    const bob = addClient(bench, "bob", [log]);
    bench.pass(6_000);
    bob.command({ kind: "register-label", label: "bob" });
    bench.pass(60_000);
    early.restart();
    late.up = true;
    late.restart();
    bench.pass(20_000);
    const { epoch } = Object.values(bob.engine.inspect().logs)[0] ?? { epoch: 0 };
    expect(epoch).toBeGreaterThan(6);
    expect([mirrored(early), mirrored(late)]).toEqual([epoch, epoch]);
    log.directory.up = false;
    const alice = addClient(bench, "alice", [log]);
    bench.pass(6_000);
    alice.command({ kind: "look-up", label: "bob", token: 1 });
    bench.pass(3_000);
    expect(eventsOf(alice, "label.found")).toMatchObject([{ account: bob.engine.account }]);
  });

  test("takes no other bytes for records that are lost, asks whoever serves the log, and else waits", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [mirror] = log.mirrors;
    bench.pass(5_000);
    const set = bench.records.set.bind(bench.records);
    bench.records.set = (key, value) =>
      set(
        key,
        value.map((byte) => byte ^ 1),
      );
    const isContent = (bytes: Uint8Array): boolean => {
      const question = decode(questionCodec, bytes, 65_536);
      return question.ok && question.value.kind === "content";
    };
    bench.carry = ({ bytes, kind }) => (kind === "question" && isContent(bytes) ? undefined : bytes);
    bench.pass(30_000);
    const stuck = mirrored(mirror) ?? 0;
    const epochOf = () => Object.values(mirror?.engine.inspect().logs ?? {})[0]?.epoch ?? 0;
    expect(stuck).toBeLessThan(epochOf());
    bench.carry = ({ bytes }) => bytes;
    bench.pass(15_000);
    expect(mirrored(mirror)).toBe(epochOf());
    bench.records.set = set;
    expect(eventsOf(mirror as BenchNode, "directory.invalid-epoch")).toEqual([]);
  });

  test("refuses an epoch whose changes do not give the root that was signed, and serves nothing of it", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [mirror] = log.mirrors as [BenchNode];
    bench.pass(15_000);
    const usurper = new Usurper(bench, log);
    bench.pass(10_000);
    usurper.deceive();
    bench.pass(5_000);
    expect(eventsOf(mirror, "directory.invalid-epoch")).toMatchObject([{ code: "vkd/tree-root" }]);
  });
});
