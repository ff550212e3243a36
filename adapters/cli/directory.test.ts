import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = mkdtempSync(join(tmpdir(), "chhaya-cli-directory-"));
afterAll(() => rmSync(root, { recursive: true }));

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function chhaya(line: string): Said {
  const main = join(import.meta.dirname, "main.ts");
  // Loading the program takes most of the time of a command: the compiled modules are kept between them.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, "cache") };
  return spawnSync(process.execPath, [main, ...line.split(" ")], { cwd: root, encoding: "utf8", env });
}

/** What changes from one run to the next, by what it is. */
function masked(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/gu, "TIME")
    .replaceAll(/, (?:now|[\d.]+ \w+ ago|\d+ \w+ \d+ \w+ ago)$/gmu, ", AGO")
    .replaceAll(/\b(?:[0-9a-f]{96}|[0-9a-f]{64}|[0-9a-f]{8})\b/gu, "HEX")
    .replaceAll(/(?:\d{5} ){5}\d{5}/gu, "DIGITS")
    .replaceAll(/(CHHAYA\w*1):[A-Z2-7]+/gu, "$1:…");
}

/** A command that does what it should, and its output. */
function ok(line: string): string {
  const { status, stderr, stdout } = chhaya(line);
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: "" });
  return masked(stdout);
}

beforeAll(() => {
  for (const witness of ["w1", "w2", "w3"]) {
    const { status, stdout } = chhaya(`witness init ${witness}`);
    expect(status).toBe(0);
    writeFileSync(join(root, `${witness}.line`), stdout);
  }
}, 60_000);

test("from nothing to a label that is proven, step by step", { timeout: 240_000 }, () => {
  const line = readFileSync(join(root, "w1.line"), "utf8").trim();
  expect(line).toMatch(/^CHHAYAWITNESS1:[A-Z2-7]+$/u);
  expect(statSync(join(root, "w1", "key")).mode & 0o777).toBe(0o600);

  const cheap = "--memory-kib 64 --passes 1";
  const anchor = ok(`directory init dir --name town --witness ${line} w2.line w3.line --threshold 2 ${cheap}`);
  expect(anchor).toBe("CHHAYALOG1:…\n");
  expect(masked(readFileSync(join(root, "dir", "anchor"), "utf8"))).toBe(anchor);
  expect(statSync(join(root, "dir", "keys")).mode & 0o777).toBe(0o600);

  expect(ok("directory register dir alice --new")).toBe(
    [
      "alice, version 1, waits for epoch 1",
      "  account      HEX, made in alice.account",
      "  fingerprint  DIGITS",
      "",
    ].join("\n"),
  );
  const early = chhaya("directory publish dir --witness-state w1");
  expect([early.status, early.stderr, early.stdout]).toEqual([
    1,
    "",
    [
      "✘ epoch 1 is signed, and needs 2 of 3 witnesses: 1 so far",
      "  ✔ cosigned  w1",
      "Publish again with more of them: the same head will be shown, and no other head of this epoch signed.",
      "",
    ].join("\n"),
  ]);
  expect(ok("directory show dir")).toBe(
    [
      'directory "town"',
      "  log        HEX",
      "  witnesses  2 of HEX HEX HEX",
      "  a guess    Argon2id, 64 KiB, 1 pass",
      "  epoch      none yet",
      "  labels     1 that are registered or wait",
      "  waiting    alice (version 1)",
      "  under way  epoch 1, 1 change, 1 of 2 cosignatures",
      "CHHAYALOG1:…",
      "",
    ].join("\n"),
  );
  expect(ok("directory publish dir --witness-state w2")).toBe(
    "✔ epoch 1: 1 change, cosigned by 2 of 3 witnesses\n  ✔ cosigned  w2\n",
  );
  expect(ok("witness show w1")).toBe('witness HEX\nCHHAYAWITNESS1:…\nlog HEX "town"\n  signed epoch 1 of TIME\n');

  const shown = ok("lookup alice --directory dir --anchor dir/anchor --state alice.state");
  expect(shown).toMatch(/^✔ alice is registered: proven present, version 1\n\n {2}account {6}HEX\n/u);
  expect(shown).toMatch(/^ {2}witnesses {4}2 of 3, 2 needed: (?:[✔–] HEX(?:, )?){3}$/mu);
  expect(shown).toMatch(/^ {2}card {9}CHHAYA1:…$/mu);
  expect(shown.match(/^ {2}✔ /gmu)).toHaveLength(11);
  expect(shown.match(/^ {2}– .*: there is none yet$/gmu)).toHaveLength(3);
  cpSync(join(root, "dir"), join(root, "old"), { recursive: true });

  ok("directory register dir alice");
  ok("directory publish dir --witness-state w2 w3");
  const again = JSON.parse(chhaya("lookup alice --directory dir --state alice.state --json").stdout) as object;
  expect(again).toMatchObject({ label: "alice", verdict: "present", version: 2, epoch: 2, threshold: 2 });
  expect(again).toHaveProperty("checks.length", 14);
  expect(ok("lookup bob --directory dir --state alice.state")).toMatch(/^✔ bob is not registered: proven absent\n/u);
  expect(ok("audit dir --state alice.state")).toBe(
    [
      "✔ epoch 1  TIME  1 change, cosigned by 2 of 3",
      "✔ epoch 2  TIME  1 change, cosigned by 2 of 3",
      '"town" holds: 2 epochs in one chain, 2 changes, nothing altered or removed.',
      "",
    ].join("\n"),
  );

  const rolled = chhaya("lookup alice --directory old --state alice.state");
  expect([rolled.status, rolled.stderr]).toEqual([1, ""]);
  expect(rolled.stdout).toBe(
    [
      '✘ what "town" says about alice is refused: vkd/head-older',
      "",
      "  it means  the directory shows an older head than the last one accepted: it was rolled back",
      "  to do     ask somebody else who follows the log; if all are behind, it was rolled back or has stopped",
      "",
      "  ✔ the proof is whole",
      "  ✔ the account of the label signed the registration and the card in it",
      "  ✔ the directory's key gives the label its places in the tree",
      "  ✔ the head is of this log",
      "  ✘ it is not older than the last one accepted",
      "  – the directory signed it",
      "  – it does not contradict the last one accepted",
      "  – it is fresh",
      "  – it descends from the last one accepted",
      "  – enough witnesses cosigned it",
      "  – its log ends in this epoch",
      "  – the tree is the one of this epoch",
      "  – the tree holds the version as it was registered",
      "  – the tree holds no newer version",
      "",
    ].join("\n"),
  );
  const audited = chhaya("audit old --state alice.state");
  expect(audited.status).toBe(1);
  expect(audited.stdout).toContain(
    '✘ epoch 2, accepted head: the log ends at epoch 1: it was rolled back\n"town" does not hold: epoch 2 fails at its accepted head.\n',
  );
  // The witnesses do not sign another head of an epoch that they signed.
  const fork = chhaya("directory publish old --witness-state w2 w3");
  expect(fork.status).toBe(1);
  expect(
    fork.stdout.match(/^ {2}✘ refused: it holds two heads of epoch 2 that this directory signed {2}w[23]$/gmu),
  ).toHaveLength(2);

  // Nothing is lost by what is refused.
  const refusals: [string, string][] = [
    ["directory init dir --name town --witness w1.line --threshold 1", "cannot create dir/anchor: it is there already"],
    ["directory register dir alice --new", "cannot create alice.account: it is there already"],
    ["audit dir --to 3", "--to is at most 2, the newest epoch, not 3"],
  ];
  for (const [command, message] of refusals) {
    expect(chhaya(command)).toMatchObject({ status: 2, stdout: "", stderr: `chhaya: ${message}\n` });
  }
  expect(ok("audit dir")).toContain('"town" holds: 2 epochs');
});

describe("bad input gives one clear line and exit code 2", () => {
  test.each([
    ["directory init d --witness w1.line --threshold 1", "required option '--name <NAME>' not specified"],
    [
      "directory init d --name a --witness none --threshold 1",
      "--witness takes a line or a file; there is no file none",
    ],
    ["directory show none", "there is no log anchor in none/anchor"],
    ["bench directry", 'unknown benchmark "directry"; did you mean "directory"?'],
  ])("%s", (command, message) => {
    expect(chhaya(command)).toMatchObject({ status: 2, stdout: "", stderr: `chhaya: ${message}\n` });
  });
});
