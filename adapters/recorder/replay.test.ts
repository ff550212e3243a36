import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { anchorLine, DirectoryFolder, toLine, WitnessFolder } from "../directory/index.ts";
import { ChhayaNode, NodeService, readConfig } from "../node/index.ts";
import { meet, read, send, temporary, TestHome, TestNetwork, texts, within } from "../node/testing.ts";
import { openKey } from "../storage/index.ts";
import type { Handling, Opening } from "./entry.ts";
import { readRecording, type Recording, type Turn } from "./reading.ts";
import { Recorder } from "./recorder.ts";
import { type Replay, replay } from "./replay.ts";

const DAY_MS = 86_400_000;
const VERSION = "1.2.3";

/** An account whose engines are recorded. */
class Recorded {
  readonly file: string = join(temporary(), "recording");
  readonly recorder: Recorder;
  readonly account: TestHome;

  constructor(account: TestHome) {
    this.account = account;
    const onEnd = (why: string): never => {
      throw new Error(why);
    };
    this.recorder = Recorder.create(this.file, { version: VERSION, onEnd });
  }

  async open(): Promise<NodeService> {
    const { home, network } = this.account;
    const { clock, recorder: log, start: startNetwork } = network;
    const environment = { clock, log, version: VERSION, startNetwork, opener: this.recorder };
    const openIt = () => openKey(home.path, async () => new Secret(new Uint8Array(0)));
    const node = await ChhayaNode.open(home, readConfig(home.config), openIt, environment);
    this.account.node = node;
    return new NodeService(node);
  }

  async close(): Promise<Uint8Array> {
    await this.account.node?.stop();
    this.recorder.close();
    return new Uint8Array(readFileSync(this.file));
  }
}

function readIt(bytes: Uint8Array): Recording {
  const found = readRecording(bytes);
  if (!found.ok) throw new Error(found.error.code);
  return found.value;
}

function replayOf(bytes: Uint8Array): Replay {
  return replay(readIt(bytes).turns);
}

function changed(turns: Iterable<Turn>, change: (entry: Opening | Handling) => Opening | Handling): Turn[] {
  return [...turns].map(({ digest, entry }) => ({ digest, entry: change(entry) }));
}

describe("two nodes that talk", () => {
  let talk: Promise<{ readonly bytes: Uint8Array; readonly log: string }> | undefined;
  /** Once for all of the tests. */
  const talked = (): NonNullable<typeof talk> => (talk ??= record());

  async function record(): Promise<{ readonly bytes: Uint8Array; readonly log: string }> {
    const network = new TestNetwork();
    const [alice, bob] = [await TestHome.make(network, "alice"), await TestHome.make(network, "bob")];
    const recorded = new Recorded(alice);
    const [a, b] = [await recorded.open(), await bob.open()];
    await meet(a, "alice", b, "bob");
    for (const text of ["the treasure", "is under", "the oak"]) await within(network, send(a, "bob", text, true));
    await within(network, send(b, "alice", "understood", true));
    network.clock.advance(8 * DAY_MS);
    await network.until(async () => (await a.call("status", {})).network?.identityDrawn === network.clock.now());
    await within(network, send(a, "bob", "once more", true));
    expect(texts(await read(a))).toEqual(["bob: understood"]);
    expect(statSync(recorded.file).mode & 0o777).toBe(0o600);
    return { bytes: await recorded.close(), log: network.log.join("\n") };
  }

  test("are replayed to the same effects, through a change of the network identity", async () => {
    const { bytes } = await talked();
    const { end, turns, version } = readIt(bytes);
    expect({ end, version }).toEqual({ end: "closed", version: VERSION });
    const again = replay(turns);
    expect(again).toMatchObject({ difference: undefined, isUnfinished: false, failure: undefined, sessions: 2 });
    expect(again.turns).toBe(again.sessions + [...again.inputs.values()].reduce((sum, count) => sum + count, 0));
    expect(again.turns).toBe([...turns].length);
    for (const kind of ["receive", "wake", "command", "relocated"] as const) {
      expect(again.inputs.get(kind)).toBeGreaterThan(0);
    }
    expect(again.to - again.from).toBeGreaterThanOrEqual(8 * DAY_MS);
    expect(again.digest).toEqual([...turns].at(-1)?.digest);
    expect(replay(turns)).toEqual(again);
  });

  test("leave in the file what they said, and none of it in the log", async () => {
    const { bytes, log } = await talked();
    const opening = [...readIt(bytes).turns][0]?.entry as Opening;
    const seed = Buffer.from(bytesToHex(opening.seed), "hex");
    expect(Buffer.from(bytes).includes("the treasure")).toBe(true);
    expect(Buffer.from(bytes).includes(seed)).toBe(true);
    expect(log).toContain("queued");
    for (const secret of ["treasure", "understood", seed.toString("hex"), seed.toString("base64")]) {
      expect(log).not.toContain(secret);
    }
  });

  test("whose recording is cut off are replayed as far as it goes", async () => {
    const { bytes } = await talked();
    const { turns } = readIt(bytes);
    const digests = [...turns].map(({ digest }) => digest);
    // In the middle of the file, and just behind an input whose outcome is lost.
    const lengths = new Set([bytes.length - 1, Math.floor(bytes.length / 2), bytes.length - 40, bytes.length - 100]);
    for (const length of lengths) {
      const cut = bytes.subarray(0, length);
      const recording = readIt(cut);
      const again = replay(recording.turns);
      expect(recording.end).toBe("cut");
      expect(again.difference).toBeUndefined();
      const known = [...recording.turns].filter(({ digest }) => digest !== undefined).length;
      expect(again.isUnfinished).toBe(known < again.turns);
      expect(again.digest).toEqual(digests[known - 1]);
    }
  });

  test("with another input or another seed differ there", async () => {
    const { bytes } = await talked();
    const { turns } = readIt(bytes);
    const list = [...turns];
    const place = list.findIndex(({ entry }) => entry.kind === "input" && entry.input.kind === "receive");
    const forged = list.map((turn, i): Turn => {
      const { entry } = turn;
      if (i !== place || entry.kind !== "input" || entry.input.kind !== "receive") return turn;
      return { ...turn, entry: { ...entry, input: { ...entry.input, bytes: new Uint8Array(512) } } };
    });
    expect(replay(forged).difference).toMatchObject({ turn: place + 1, kind: "receive", effects: expect.any(Array) });
    expect(replay(forged).turns).toBe(place + 1);
    const reseeded = changed(turns, (entry) =>
      entry.kind === "open" ? { ...entry, seed: new Uint8Array(32) } : entry,
    );
    expect(replay(reseeded).difference?.turn).toBeLessThan(list.length);
    const empty = changed(turns, (entry) =>
      entry.kind === "open" ? { ...entry, stored: { log: new Uint8Array(0), anchor: undefined } } : entry,
    );
    expect(replay(empty).difference).toMatchObject({ turn: 1, kind: "open", effects: ["refused (node/no-identity)"] });
    expect(replay([])).toMatchObject({ turns: 0, from: 0, to: 0, difference: undefined });
  });
});

test("who follows, witnesses and registers is replayed too: gossip, questions and answers", async () => {
  const network = new TestNetwork();
  const [w, d] = [await TestHome.make(network, "w"), await TestHome.make(network, "d")];
  const witness = WitnessFolder.create(join(w.home.path, "witness"));
  const { member } = witness;
  witness.close();
  const plan = { name: "town", threshold: 1, epochMs: 10_000, cost: { memoryKiB: 8, passes: 1 } };
  const folder = await DirectoryFolder.create(join(d.home.path, "town"), { ...plan, witnesses: [member] });
  const anchor = toLine(anchorLine, folder.anchor);
  await folder.close();
  writeFileSync(w.home.config, `[roles]\nwitness = "witness"\nwitness_logs = ["${anchor}"]\n`);
  const witnessing = new Recorded(w);
  await witnessing.open();
  const addresses = `[roles.directory_witnesses]\n${bytesToHex(member.key).slice(0, 8)} = "${w.node?.network?.addresses[0]}"\n`;
  writeFileSync(d.home.config, `[roles]\ndirectory = "town"\n${addresses}`);
  await d.open();
  const follow = `[[directories.followed]]\nanchor = "${anchor}"\ndirectory = "${d.node?.network?.addresses[0]}"\n`;
  const following = new Recorded(await TestHome.make(network, "bob", follow));
  const b = await following.open();
  await network.until(async () => ((await b.call("status", {})).directories[0]?.epoch ?? 0) > 0);
  await b.call("label.register", { label: "bob@town" });
  const isRegistered = async (): Promise<boolean> =>
    (await b.call("status", {})).notices.some(({ topic }) => topic === "label.registered");
  await network.until(isRegistered);
  const [cosigned, registered] = [replayOf(await witnessing.close()), replayOf(await following.close())];
  expect([cosigned.difference, registered.difference]).toEqual([undefined, undefined]);
  expect(cosigned.inputs.get("question")).toBeGreaterThan(0);
  for (const kind of ["answer", "gossip"] as const) expect(registered.inputs.get(kind)).toBeGreaterThan(0);
});
