import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "chhaya-cli-"));
afterAll(() => rmSync(directory, { recursive: true }));

function chhaya(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(import.meta.dirname, "main.ts");
  return spawnSync(process.execPath, [main, ...args], { cwd: directory, encoding: "utf8" });
}

describe("bad input gives one clear line and exit code 2", () => {
  test.each([
    [["run", "--jsn"], "chhaya: unknown option '--jsn' (Did you mean --json?)\n"],
    [["run", "conversaton"], 'chhaya: unknown scenario "conversaton"; did you mean "conversation"?\n'],
    [["run", "replay", "--seeds", "0"], 'chhaya: --seeds takes a whole number from 1 up, not "0"\n'],
    [["run", "replay", "--set", "minutes"], 'chhaya: --set takes name=number, not "minutes"\n'],
    [
      ["run", "replay", "--set", "hours=1"],
      'chhaya: scenario "replay" has no parameter "hours"; it has minutes, replaysPerMinute\n',
    ],
    [["run", "all", "--set", "hours=1"], 'chhaya: no chosen scenario has a parameter "hours"\n'],
    [["run", "replay", "--stack", "fast"], 'chhaya: --stack is "model", "libp2p", "both" or "real", not "fast"\n'],
    [
      ["run", "replay", "--sabotage", "all-of-it"],
      'chhaya: unknown sabotage "all-of-it"; "chhaya list sabotages" shows all\n',
    ],
    [["list", "scenario"], 'chhaya: nothing called "scenario" to list; did you mean "scenarios"?\n'],
    [["replay", "nothing.json"], "chhaya: cannot read nothing.json: ENOENT\n"],
    [["destroy"], "chhaya: unknown command 'destroy'\n"],
  ])("%j", (args, line) => {
    expect(chhaya(...args)).toEqual(expect.objectContaining({ status: 2, stdout: "", stderr: line }));
  });

  test("a corrupt replay file", () => {
    writeFileSync(join(directory, "corrupt.json"), '{"format":"chhaya-run/1","scenario":"replay","seed":1');
    expect(chhaya("replay", "corrupt.json")).toMatchObject({
      status: 2,
      stdout: "",
      stderr: "chhaya: corrupt.json is not a saved run: it is not JSON\n",
    });
  });
});

test("a run that holds prints one JSON object a line and exits with 0", () => {
  const { status, stderr, stdout } = chhaya("run", "stolen-device", "--seeds", "2", "--json", "--junit", "junit.xml");
  expect([status, stderr]).toEqual([0, ""]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { scenario: "stolen-device", seed: 1, stack: "model", nodes: 2, verdict: "held" },
    { scenario: "stolen-device", seed: 2, verdict: "held" },
  ]);
  for (const line of lines) {
    expect(line["traceHash"]).toMatch(/^[0-9a-f]{64}$/u);
    expect(line).toEqual(expect.objectContaining({ oracles: expect.any(Array), virtualMs: expect.any(Number) }));
    expect(line).toEqual(expect.objectContaining({ wallMs: expect.any(Number), events: expect.any(Number) }));
  }
  expect(readFileSync(join(directory, "junit.xml"), "utf8")).toContain('<testsuite name="stolen-device"');
});

test("a run that fails exits with 1 and leaves a file that replays the same failure", () => {
  const failed = chhaya("run", "stolen-device", "--sabotage", "log-never-rewritten");
  expect(failed.status).toBe(1);
  expect(failed.stdout).toContain("secrecy");
  const file = /^Replay: chhaya replay (\S+)$/mu.exec(failed.stdout)?.[1] ?? "";
  expect(existsSync(join(directory, file))).toBe(true);
  expect(existsSync(join(directory, "runs/latest/report.html"))).toBe(true);
  const again = chhaya("replay", file);
  expect(again.status).toBe(1);
  expect(again.stdout).toContain("The same run again");
});

test("lists, help and version are answered with 0", () => {
  for (const kind of ["scenarios", "faults", "oracles", "sabotages"]) {
    expect(chhaya("list", kind)).toMatchObject({ status: 0, stderr: "" });
  }
  expect(chhaya("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/u);
  expect(chhaya("run", "--help")).toMatchObject({ status: 0, stderr: "" });
  expect(chhaya().stdout).toContain("Usage: chhaya");
});
