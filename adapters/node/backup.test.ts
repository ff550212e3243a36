import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { homeAt } from "../home/index.ts";
import { importBackup } from "./backup.ts";
import { meet, read, send, temporary, TestHome, TestNetwork, texts, within } from "./testing.ts";

function passphrase(text: string): Secret {
  return new Secret(new TextEncoder().encode(text));
}

describe("a backup", () => {
  test("made while the node runs gives the account back, and no key of a conversation serves twice", async () => {
    const network = new TestNetwork();
    const [alice, bob] = [
      await TestHome.make(network, "alice", "[log]\nlevel = 'warn'\n"),
      await TestHome.make(network, "bob"),
    ];
    const [a, b] = [await alice.open(), await bob.open()];
    await meet(a, "alice", b, "bob");
    await a.call("contact.verify", { contact: "bob", confirm: true });
    await within(network, send(a, "bob", "one", true));
    await within(network, send(b, "alice", "two", true));
    const [item] = await read(a);
    await a.call("seen", { row: item?.kind === "message" ? item.row : 0 });
    await within(network, send(b, "alice", "three", true));

    const file = join(temporary(), "backup");
    const { bytes } = await a.call("export", { file, passphrase: "of the backup" });
    expect(readFileSync(file)).toHaveLength(bytes);
    expect(readFileSync(file).includes("two")).toBe(false);
    await expect(a.call("export", { file, passphrase: "x" })).rejects.toMatchObject({ code: "service/file" });
    await expect(a.call("export", { file: "relative", passphrase: "x" })).rejects.toThrow("whole path");
    // What is said after it is not in it; the restored account must not repeat a key of that either.
    await within(network, send(a, "bob", "after the backup", true));
    const before = await a.call("identity", {});
    await a.close();

    const home = homeAt(join(temporary(), "restored"));
    const none = { kind: "none" } as const;
    const now = network.clock.now();
    await expect(importBackup(home, file, passphrase("wrong"), none, now)).rejects.toMatchObject({
      code: "backup/passphrase-wrong",
    });
    expect(existsSync(home.key)).toBe(false);
    (await importBackup(home, file, passphrase("of the backup"), none, now)).wipe();
    expect(readFileSync(home.config, "utf8")).toBe("[log]\nlevel = 'warn'\n");
    await expect(importBackup(home, file, passphrase("of the backup"), none, now)).rejects.toThrow("is not empty");

    const restored = new TestHome(network, home);
    const r = await restored.open();
    expect(await r.call("identity", {})).toMatchObject({ account: before.account, fingerprint: before.fingerprint });
    const items = await read(r);
    expect(items[0]).toMatchObject({ kind: "notice", topic: "log.recovered", grave: true });
    expect(texts(items)).toEqual(["bob: three"]);
    expect(texts(await read(r, { all: true }))).toEqual(["to bob: one", "bob: two", "bob: three"]);
    expect((await r.call("contact.verify", { contact: "bob", confirm: false })).contact.verified).toBe(true);
    // A new session, under numbers that nobody used: bob takes none of it for something that he has already.
    await within(network, send(r, "bob", "it is me", true));
    await within(network, send(b, "alice", "welcome back", true));
    expect(texts(await read(b)).sort()).toEqual(["alice: after the backup", "alice: it is me", "alice: one"]);
    expect(texts(await read(r)).sort()).toEqual(["bob: three", "bob: welcome back"]);
  });

  test("that is no backup, or was cut or altered, makes no home", async () => {
    const network = new TestNetwork();
    const alice = await TestHome.make(network, "alice");
    const file = join(temporary(), "backup");
    const service = await alice.open(false);
    await service.call("export", { file, passphrase: "of the backup" });
    await service.close();
    const whole = readFileSync(file);
    const altered = Buffer.from(whole);
    altered[whole.length - 40] = (altered[whole.length - 40] ?? 0) ^ 1;
    for (const bytes of [Buffer.from("hello"), whole.subarray(0, whole.length - 1), altered]) {
      writeFileSync(file, bytes);
      const home = homeAt(join(temporary(), "restored"));
      const failed = importBackup(home, file, passphrase("of the backup"), { kind: "none" }, network.clock.now());
      await expect(failed).rejects.toMatchObject({ code: expect.stringMatching(/^backup\//u) });
      expect(existsSync(home.path)).toBe(false);
    }
  });
});
