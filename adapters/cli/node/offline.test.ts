import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Desk } from "./testing.ts";

const OFFLINE = '○ No node runs: nothing is sent or received. Start "chhaya node".';

test("an account under a passphrase is made and shown", { timeout: 120_000 }, () => {
  const desk = new Desk();
  writeFileSync(join(desk.root, "pw"), "correct horse battery staple\n");
  expect(desk.ok("init --home a --name Alice --passphrase-file pw")).toBe(
    [
      `An account was made in ${desk.root}/a.`,
      "",
      "  chhaya node   sends and receives, while it runs",
      '  chhaya id     shows your card: give it to others, and add theirs with "chhaya contacts add"',
      "",
      `What can be chosen stands in ${desk.root}/a/config.toml, with every key explained.`,
      'Nobody can restore a forgotten passphrase. Keep a backup ("chhaya export"), and its passphrase, elsewhere.',
      "",
    ].join("\n"),
  );
  expect(statSync(join(desk.root, "a")).mode & 0o777).toBe(0o700);
  for (const file of ["key", "config.toml"]) expect(statSync(join(desk.root, "a", file)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(desk.root, "a", "config.toml"), "utf8")).toContain("# The configuration of a Chhaya node.");
  expect(desk.ok("id --home a --passphrase-file pw --no-qr")).toBe(
    [
      "  name         Alice",
      "  account      HEX",
      "  fingerprint  DIGITS",
      '  addresses    none yet: "chhaya node" finds them',
      "",
      "CHHAYA1:…",
      "",
    ].join("\n"),
  );
});

test("everything that works without a network, step by step", { timeout: 180_000 }, () => {
  const desk = new Desk();
  for (const home of ["a", "b"]) {
    const made = desk.chhaya(`init --home ${home} --no-passphrase --json`);
    expect(made).toMatchObject({
      status: 0,
      stdout: `{"home":"${desk.root}/${home}","config":"${desk.root}/${home}/config.toml"}\n`,
      stderr:
        "chhaya: without a passphrase, whoever copies this folder or gets the disk reads every message and can be you\n",
    });
  }
  const a = "--home a";
  const shown = desk.chhaya("id --home b").stdout;
  expect(shown.split("\n").filter((line) => /^[ ▀▄█]{30,}$/u.test(line)).length).toBeGreaterThan(15);
  expect(JSON.parse(desk.chhaya("id --home b --json").stdout)).toMatchObject({
    name: "",
    online: false,
    addresses: [],
  });
  const card = desk.chhaya("id --home b --card").stdout;
  expect(card).toMatch(/^CHHAYA1:[A-Z2-7]+\n$/u);
  writeFileSync(join(desk.root, "b.card"), card);

  expect(desk.ok(`contacts list ${a}`)).toBe('No contacts yet. "chhaya contacts add NAME" takes a card.\n');
  expect(desk.ok(`contacts add bob b.card ${a}`)).toBe(
    'bob is added. Compare safety numbers when you meet: "chhaya contacts verify bob"\n',
  );
  expect(desk.ok(`contacts add bob - ${a}`, card)).toBe("bob is known with this key already.\n");
  expect(desk.ok(`contacts add bob ${card.trim().toLowerCase()} ${a}`)).toBe("bob is known with this key already.\n");
  expect(desk.ok(`contacts list ${a}`)).toBe("  bob               HEX…  by card, not verified yet, 1 device\n");
  const compared = desk.chhaya(`contacts verify bob ${a}`);
  expect(compared.status).toBe(1);
  expect(compared.stdout).toMatch(/^Safety number with bob:\n\n( {4}\d{5}( {2}\d{5}){3}\n){3}\nCompare it with/u);
  expect(desk.ok(`contacts verify bob ${a} --confirm`)).toMatch(/✔ You confirmed that bob sees the same\.\n$/u);
  expect(desk.ok(`contacts list ${a} --json`)).toBe(
    '{"name":"bob","account":"HEX","trust":"card","verified":true,"keyChanged":false,"devices":1}\n',
  );

  expect(desk.ok(`send bob hello there ${a}`)).toBe('Queued. No node runs: it leaves when "chhaya node" does.\n');
  expect(desk.ok(`send bob - ${a} --json`, "two\nlines\n")).toBe('{"token":N,"state":"queued","online":false}\n');
  expect(desk.chhaya(`send bob x ${a} --wait`)).toMatchObject({ status: 1, stderr: "" });
  expect(desk.ok(`chat bob ${a} --earlier 1`, "\nsaid in a pipe\n")).toBe(
    'No node runs: what you write is queued until "chhaya node" does.\nTIME  to bob: x  (waiting)\n',
  );
  expect(desk.ok(`read ${a}`)).toBe('Nothing new. "chhaya read --all" shows everything.\n');
  expect(desk.ok(`read ${a} --all --contact bob`)).toBe(
    [
      "TIME  to bob: hello there  (waiting)",
      "TIME  to bob: two",
      "    lines  (waiting)",
      "TIME  to bob: x  (waiting)",
      "TIME  to bob: said in a pipe  (waiting)",
      "",
    ].join("\n"),
  );
  expect(desk.ok(`status ${a}`)).toBe(
    `${OFFLINE}\n  contacts       1\n  unread         none\n  waiting        4 to be delivered\n`,
  );
  expect(JSON.parse(desk.chhaya(`status ${a} --json`).stdout)).toMatchObject({
    online: false,
    contacts: 1,
    waiting: 4,
    network: null,
  });

  const carol = desk.chhaya("init --home c --no-passphrase");
  expect(carol.status).toBe(0);
  const changed = desk.chhaya(`contacts add bob - ${a}`, desk.chhaya("id --home c --card").stdout);
  expect([changed.status, changed.stdout]).toEqual([1, expect.stringContaining("stands for another key")]);
  expect(desk.ok(`read ${a}`)).toMatch(/^! TIME {2}The name "bob" is claimed for another key\./u);
  expect(desk.chhaya(`send bob x ${a}`)).toMatchObject({ status: 1, stdout: "" });
  expect(desk.ok(`contacts verify bob --keep ${a}`)).toBe("bob stands for the old key, as before.\n");
  expect(desk.ok(`contacts remove bob ${a}`)).toBe("bob is removed. Messages that waited for it are not delivered.\n");
  expect(desk.ok(`read ${a} --all --limit 1`)).toMatch(
    /^TIME {2}to [0-9a-f]{8}: said in a pipe {2}\(not delivered\)\n$/u,
  );

  const examined = desk.chhaya(`doctor ${a}`);
  expect([examined.status, examined.stderr]).toEqual([0, ""]);
  expect(examined.stdout).toMatch(/^✔ runtime {9}Node \d/u);
  expect(examined.stdout).toContain(
    '! network         no node runs: nothing is sent or received\n                  → start "chhaya node"\n',
  );
  appendFileSync(join(desk.root, "a", "config.toml"), "\n[netwrk]\n");
  const sick = desk.chhaya(`doctor ${a} --json`);
  expect(sick.status).toBe(1);
  const checks = sick.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);
  expect(checks.at(-1)).toMatchObject({
    check: "configuration",
    verdict: "fail",
    says: expect.stringContaining("netwrk"),
  });
});
