import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, expect, test } from "vitest";
import { nativeSuite } from "../suite/index.ts";
import { anchorLine, trustedAnchor } from "./anchor-line.ts";
import { DirectoryFolder, type DirectoryPlan } from "./directory-folder.ts";
import { FolderDamaged } from "./folder-error.ts";
import { saveLine } from "./state-file.ts";
import { Place, temporary } from "./testing.ts";
import { WitnessFolder } from "./witness-folder.ts";

function planOf(changes: Partial<DirectoryPlan> = {}): DirectoryPlan {
  const witness = WitnessFolder.create(join(temporary(), "w"));
  const witnesses = [witness.member];
  witness.close();
  const cost = { memoryKiB: 8, passes: 1 };
  return { name: "log", witnesses, threshold: 1, epochMs: 1_000, cost, ...changes };
}

describe("a plan that no log can have makes none", () => {
  test.each<[string, (plan: DirectoryPlan) => Partial<DirectoryPlan>, string]>([
    ["no witnesses", () => ({ witnesses: [] }), "a log has from 1 to 64 witnesses"],
    ["a threshold too high", () => ({ threshold: 2 }), "the threshold is from 1 to the number of witnesses"],
    [
      "one witness twice",
      (plan) => ({ witnesses: [...plan.witnesses, ...plan.witnesses] }),
      "a witness is named twice",
    ],
    [
      "a witness without its key",
      ({ witnesses: [witness] }) => ({
        witnesses: [{ key: new Uint8Array(48), possession: witness?.possession ?? new Uint8Array(96) }],
      }),
      "a witness does not prove that it holds its key",
    ],
    ["no name", () => ({ name: "" }), "the name of a log has from 1 to 64 bytes"],
    ["a long name", () => ({ name: "é".repeat(33) }), "the name of a log has from 1 to 64 bytes"],
    ["too much memory", () => ({ cost: { memoryKiB: 2 ** 21, passes: 1 } }), "a guess takes at most 1048576 KiB"],
    ["too many passes", () => ({ cost: { memoryKiB: 8, passes: 65 } }), "a guess takes at most 64 passes"],
    ["too long an epoch", () => ({ epochMs: 7 * 86_400_000 + 1 }), "an epoch takes at most 604800000 ms"],
  ])("%s", (_, change, message) => {
    const plan = planOf();
    const path = join(temporary(), "d");
    expect(() => DirectoryFolder.create(path, { ...plan, ...change(plan) })).toThrow(message);
    expect(existsSync(path)).toBe(false);
  });
});

test("making one again changes nothing, and what a crash interrupted goes on with the same keys", async () => {
  const place = await Place.make();
  const anchor = trustedAnchor(join(place.path, "anchor"));
  const plan = planOf();
  expect(() => DirectoryFolder.create(place.path, plan)).toThrow(/anchor: it is there already$/u);
  expect(trustedAnchor(join(place.path, "anchor"))).toEqual(anchor);
  rmSync(join(place.path, "anchor"));
  expect(() => DirectoryFolder.open(place.path)).toThrow(`there is no log anchor in ${join(place.path, "anchor")}`);
  const again = DirectoryFolder.create(place.path, { ...plan, name: "again" });
  expect([again.anchor.name, again.anchor.key, again.anchor.vrf]).toEqual(["again", anchor.key, anchor.vrf]);
  await again.close();
});

test("an anchor from outside whose witness does not prove its key is not trusted", async () => {
  const place = await Place.make();
  const file = join(place.path, "anchor");
  const anchor = trustedAnchor(file);
  const [first, ...others] = anchor.witnesses.members;
  assert(first !== undefined && others[0] !== undefined);
  const rogue = { ...first, possession: others[0].possession };
  saveLine(anchorLine, file, { ...anchor, witnesses: { ...anchor.witnesses, members: [rogue, ...others] } });
  expect(() => trustedAnchor(file)).toThrow("its witnesses are refused (quorum/possession)");
});

test("a file that is no index is damage, and the folder is free again", async () => {
  const place = await Place.make();
  for (const name of readdirSync(place.path)) if (name.startsWith("index.sqlite")) rmSync(join(place.path, name));
  writeFileSync(join(place.path, "index.sqlite"), "x".repeat(4_096));
  for (let i = 0; i < 2; i++) {
    expect(() => DirectoryFolder.open(place.path)).toThrow(FolderDamaged);
  }
});

test("registrations wait by label, each version for the account of the one before", async () => {
  const place = await Place.make();
  await place.register("zoe");
  await place.register("adam");
  await place.with((folder) => {
    expect(folder.registry.labels).toBe(2);
    expect(folder.pending().map(({ label, version }) => [label, version])).toEqual([
      ["adam", 1],
      ["zoe", 1],
    ]);
    expect(folder.pending()[0]?.account).toEqual(nativeSuite.ed25519Public(place.account("adam").account.seed));
    folder.removeStale("adam");
    expect(folder.pendingOf("adam")).toBeDefined();
  });
});
