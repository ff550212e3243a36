import { expect, test } from "vitest";
import { portableSuite } from "../../core/suite/index.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { World } from "./index.ts";

test("a machine that is given an older image knows what it knew then, and a twin what the other does", () => {
  const kernel = new Kernel();
  const world = new World(kernel, Stream.seeded(1), portableSuite);
  const [alice, bob, carol] = [world.person("alice"), world.person("bob"), world.person("carol")];
  const contacts = (party: typeof alice | ReturnType<typeof world.twin>) =>
    party.machine.engine.contacts().map(({ name }) => name);
  alice.accepts(bob);
  kernel.runUntil(kernel.now + 1_000);
  alice.machine.index.write([{ key: Uint8Array.of(1), value: Uint8Array.of(2) }], () => {});
  kernel.runUntil(kernel.now + 1_000);
  const image = alice.machine.image();
  alice.accepts(carol);
  alice.machine.index.write([{ key: Uint8Array.of(1), value: undefined }], () => {});
  kernel.runUntil(kernel.now + 1_000);
  expect(contacts(alice)).toEqual(["bob", "carol"]);
  expect(() => alice.machine.restore(image)).toThrow("the machine is up");

  const twin = world.twin(alice, "alice-too");
  twin.machine.restore(alice.machine.image());
  twin.restart();
  expect(twin.machine.engine.account).toBe(alice.account);
  expect(contacts(twin)).toEqual(["bob", "carol"]);

  alice.crash();
  alice.machine.restore(image);
  alice.restart();
  expect(contacts(alice)).toEqual(["bob"]);
  expect(alice.machine.index.get(Uint8Array.of(1))).toEqual(Uint8Array.of(2));
});
