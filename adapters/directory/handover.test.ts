import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DirectoryFolder } from "./directory-folder.ts";
import { Place, temporary } from "./testing.ts";
import { WitnessFolder } from "./witness-folder.ts";

const NODE = new Uint8Array([1, 2, 3]);
const OTHER = new Uint8Array([4, 5, 6]);

describe("a witness that is handed to a node", () => {
  test("is that node's for good, and signs nothing by other commands", () => {
    const path = join(temporary(), "w");
    const made = WitnessFolder.create(path);
    const { key } = made;
    made.close();
    const handed = WitnessFolder.handOver(path, NODE);
    expect(handed.key).toEqual(key);
    expect(handed.seed.wiped).toBe(false);
    expect(() => WitnessFolder.handOver(path, NODE)).toThrow("is in use");
    handed.release();
    expect(handed.seed.wiped).toBe(true);
    expect(() => WitnessFolder.open(path)).toThrow("was handed to a node");
    expect(() => WitnessFolder.handOver(path, OTHER)).toThrow("was handed to another node");
    WitnessFolder.handOver(path, NODE).release();
  });
});

describe("what has signed something", () => {
  test("is not handed over: the node would not remember it", async () => {
    const place = await Place.make();
    await place.register("alice");
    await expect(DirectoryFolder.handOver(place.path, NODE)).rejects.toThrow("has signed something");
    await place.publish();
    await expect(DirectoryFolder.handOver(place.path, NODE)).rejects.toThrow("has signed something");
    const [signer = "", , unused = ""] = place.witnessPaths;
    expect(() => WitnessFolder.handOver(signer, NODE)).toThrow("has signed something");
    WitnessFolder.handOver(unused, NODE).release();
    // Refusing changed nothing.
    await place.register("bob");
    expect((await place.publish()).cosigned?.head.epoch).toBe(2);
  });
});

describe("a directory that is handed to a node", () => {
  test("gives its keys, and is refused by the commands that work on folders", async () => {
    const place = await Place.make();
    const { anchor, keys, release } = await DirectoryFolder.handOver(place.path, NODE);
    expect(anchor.name).toBe("test");
    expect(keys.signing.wiped).toBe(false);
    release();
    expect(keys.signing.wiped).toBe(true);
    await expect(place.register("alice")).rejects.toThrow("was handed to a node");
    await expect(DirectoryFolder.handOver(place.path, OTHER)).rejects.toThrow("was handed to another node");
    (await DirectoryFolder.handOver(place.path, NODE)).release();
  });
});
