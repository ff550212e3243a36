import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Desk } from "./testing.ts";

const WARNING = "chhaya: a.rec will hold this account's keys and messages in clear: for test nets only\n";
const SAME = /The same effects, byte for byte: [0-9a-f]{64}\n$/u;

/** Replays in a process whose core is weakened. */
function sabotagedReplay(sabotage: string, file: string): { readonly status: number | null; readonly stdout: string } {
  const urlOf = (path: string): string => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);
  const program = `
    const { installSabotage } = await import(${urlOf("../../../sim/sabotage/index.ts")});
    const demand = installSabotage(${JSON.stringify(sabotage)});
    const { replayRecording } = await import(${urlOf("../replay-recording.ts")});
    process.exitCode = replayRecording(${JSON.stringify(file)});
    demand();`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
}

test("two nodes talk over loopback, and what one of them did is replayed", { timeout: 180_000 }, async () => {
  const desk = new Desk();
  desk.settle("a", "b");
  const [a, b] = [desk.node("--home a --record a.rec"), desk.node("--home b")];
  await Promise.all([a.says("the node runs"), b.says("the node runs")]);
  const file = join(desk.root, "a.rec");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const [home, other, name] of [
    ["a", "b", "bob"],
    ["b", "a", "alice"],
  ]) {
    desk.ok(`contacts add ${name} - --home ${home}`, desk.chhaya(`id --home ${other} --card`).stdout);
  }
  desk.ok("send bob the treasure is under the oak --wait --home a");
  desk.ok("send alice understood --wait --home b");
  desk.ok("send bob and so am I --wait --home a");
  // While it runs, there is as much as there is.
  const running = desk.chhaya("replay a.rec");
  expect(running).toMatchObject({ status: 0, stderr: "" });
  expect(running.stdout).toContain("The recording was cut off: the node did not end it\n");
  expect(running.stdout).toMatch(SAME);
  a.signal("SIGTERM");
  expect(await a.ended).toBe(0);

  expect(a.log.startsWith(WARNING)).toBe(true);
  expect(b.log).not.toContain("in clear");
  const bytes = readFileSync(file);
  for (const secret of ["treasure", "understood", "so am I"]) expect(a.log).not.toContain(secret);
  expect(bytes.includes("the treasure is under the oak")).toBe(true);

  const again = desk.chhaya("replay a.rec");
  expect(again).toMatchObject({ status: 0, stderr: "" });
  expect(again.stdout).toMatch(/^Recorded by chhaya \d+\.\d+\.\d+: \d+ turns in 1 session, .+ of virtual time\n/u);
  expect(again.stdout).toMatch(/\nInputs: .*command \d+.*receive \d+.*relocated \d+.*wake \d+/u);
  expect(again.stdout).toMatch(SAME);
  expect(again.stdout).not.toContain("cut off");

  const weak = sabotagedReplay("message-keys-repeat", file);
  expect(weak.status).toBe(1);
  expect(weak.stdout).toMatch(
    /\nTurn \d+ differs \(\w+, after [^)]+\): the digest was [0-9a-f]{64} and is [0-9a-f]{64}\nIts effects now: .*send.*\nAnother engine than the one that was recorded; this is chhaya [\d.]+\n$/u,
  );
});

test("a recording that cannot be is refused before the node starts", () => {
  const desk = new Desk();
  desk.chhaya("init --home a --no-passphrase");
  copyFileSync(join(desk.root, "a", "config.toml"), join(desk.root, "taken.rec"));
  for (const [file, message] of [
    ["taken.rec", "taken.rec is there already, and is not overwritten: remove it, or record to another file"],
    ["none/a.rec", "cannot write none/a.rec: ENOENT"],
  ]) {
    expect(desk.chhaya(`node --home a --record ${file}`)).toMatchObject({ status: 2, stderr: `chhaya: ${message}\n` });
  }
  writeFileSync(join(desk.root, "a", "config.toml"), '[roles]\ndirectory = "town"\n');
  expect(desk.chhaya("node --home a --record a.rec")).toMatchObject({
    status: 2,
    stderr: "chhaya: --record is not for a mirror or a directory: what their index holds is no input\n",
  });
  // A node that does not start leaves no file behind.
  writeFileSync(join(desk.root, "a", "config.toml"), "");
  writeFileSync(join(desk.root, "a", "key"), "damaged");
  expect(desk.chhaya("node --home a --record a.rec").status).toBe(2);
  expect(existsSync(join(desk.root, "a.rec"))).toBe(false);
});
