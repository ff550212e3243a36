import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Desk } from "./testing.ts";

describe("what is wrong is said in one line, and by the exit code", () => {
  const desk = new Desk(afterAll);
  desk.chhaya("init --home a --no-passphrase");
  writeFileSync(join(desk.root, "short"), "short\n");
  writeFileSync(join(desk.root, "long"), "correct horse battery staple\n");

  test.each([
    [2, "id --home none", `there is no account in ${desk.root}/none; "chhaya init" makes one`],
    [2, "init --home a", `there is an account in ${desk.root}/a already; "chhaya id" shows its card`],
    [
      2,
      "init --home p --passphrase-file short",
      "a passphrase has at least 8 characters; several random words are good ones",
    ],
    [
      2,
      "init --home p",
      "the passphrase is asked for on a terminal only: elsewhere use --passphrase-file or CHHAYA_PASSPHRASE_FILE",
    ],
    [2, "init --home p --keyring --no-passphrase", "--keyring and --no-passphrase exclude one another"],
    [
      2,
      `init --home ${"x".repeat(120)}`,
      `the path of the home is too long for its socket: ${desk.root}/${"x".repeat(120)}/control.sock has more than 103 bytes`,
    ],
    [2, "send bob --home a", "missing required argument 'text'"],
    [2, "send bob hi --home a", 'there is no contact called "bob"; "chhaya contacts add" adds one'],
    [2, "contacts add bob nothing --home a", '"nothing" is neither a card, which begins with CHHAYA1:, nor a file'],
    [2, "contacts add bob --label bob x --home a", "a contact is added by a card or by --label, not both"],
    [2, "contacts ad bob --home a", "unknown command 'ad' (Did you mean add?)"],
    [1, "contacts add bob --label bob --home a", 'a label is looked up over the network: start "chhaya node" first'],
    [2, "label register bob --home a", "no directory is followed: see [directories] in config.toml"],
    [2, "contacts verify bob --adopt --keep --home a", "--confirm, --adopt and --keep exclude one another"],
    [2, "read --home a --limit 0", '--limit takes a whole number from 1 up, not "0"'],
    [2, "read --home a --al", "unknown option '--al' (Did you mean --all?)"],
    [
      2,
      "completion tcsh",
      "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.",
    ],
    [2, "statsu", "unknown command 'statsu' (Did you mean status?)"],
  ])("%i %s", (status, line, message) => {
    expect(desk.chhaya(line)).toEqual(expect.objectContaining({ status, stdout: "", stderr: `chhaya: ${message}\n` }));
    expect(existsSync(join(desk.root, "p", "key"))).toBe(false);
  });

  test("every mistake of a configuration", () => {
    writeFileSync(join(desk.root, "a", "config.toml"), "[network]\nlistn = []\nmdns = 1\n");
    expect(desk.chhaya("status --home a")).toMatchObject({
      status: 2,
      stderr: `chhaya: ${desk.root}/a/config.toml has 2 mistakes:\n  network.mdns takes true or false, not 1\n  network.listn is no key that there is; did you mean "listen"?\n`,
    });
    writeFileSync(join(desk.root, "a", "config.toml"), "");
  });

  test("a wrong passphrase, and a damaged key", () => {
    expect(desk.chhaya("init --home w --passphrase-file long").status).toBe(0);
    expect(desk.chhaya("id --home w --passphrase-file short")).toMatchObject({
      status: 2,
      stderr: "chhaya: the passphrase is wrong (key/passphrase-wrong)\n",
    });
    writeFileSync(join(desk.root, "w", "key"), "x");
    expect(desk.chhaya("id --home w --passphrase-file long")).toMatchObject({
      status: 2,
      stderr: 'chhaya: the key file is damaged: restore a backup with "chhaya import" (key/damaged)\n',
    });
  });
});

test("help loads neither the network nor the protocol", () => {
  const desk = new Desk();
  writeFileSync(
    join(desk.root, "hook.mjs"),
    `import { registerHooks } from "node:module";
     registerHooks({ load(url, context, next) {
       if (/node_modules|core\\/|libp2p|sim\\//.test(url)) process.stderr.write(url + "\\n");
       return next(url, context);
     } });`,
  );
  const loaded = (line: string): string[] => {
    const before = process.env["NODE_OPTIONS"];
    process.env["NODE_OPTIONS"] = `--import ${join(desk.root, "hook.mjs")}`;
    try {
      const { status, stderr } = desk.chhaya(line);
      expect(status).toBe(0);
      return stderr.split("\n").filter((url) => url !== "" && !url.includes("/commander/"));
    } finally {
      process.env["NODE_OPTIONS"] = before ?? "";
    }
  };
  expect(loaded("--help")).toEqual([]);
  expect(loaded("send --help").filter((url) => /libp2p|core\/node|core\/suite|sim\//u.test(url))).toEqual([]);
});
