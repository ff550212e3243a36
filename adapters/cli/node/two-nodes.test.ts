import { expect, test } from "vitest";
import { Desk, masked } from "./testing.ts";

test("two homes talk over loopback, are killed and stopped, and lose nothing", { timeout: 180_000 }, async () => {
  const desk = new Desk();
  desk.settle("a", "b");
  const [a, first] = [desk.node("--home a"), desk.node("--home b")];
  await Promise.all([a.says("the node runs"), first.says("the node runs")]);
  expect(desk.chhaya("node --home a")).toMatchObject({
    status: 1,
    stderr: `chhaya: a node runs in ${desk.root}/a already\n`,
  });
  for (const [home, other, name] of [
    ["a", "b", "bob"],
    ["b", "a", "alice"],
  ]) {
    const card = desk.chhaya(`id --home ${other} --card`).stdout;
    expect(desk.ok(`contacts add ${name} - --home ${home}`, card)).toContain(`${name} is added`);
  }
  expect(desk.ok("send bob the treasure is under the oak --wait --home a")).toBe("Queued.\nDelivered.\n");
  expect(desk.ok("read --home b")).toBe("TIME  alice: the treasure is under the oak\n");
  expect(desk.ok("read --home b")).toBe('Nothing new. "chhaya read --all" shows everything.\n');
  expect(desk.ok("send alice understood --wait --json --home b")).toBe(
    '{"token":N,"state":"queued","online":true}\n{"token":N,"state":"delivered","online":true}\n',
  );
  expect(masked(desk.chhaya("status --home a").stdout)).toMatch(
    /^● chhaya [\d.]+ runs since TIME\n {2}contacts {7}1\n {2}unread {9}1/u,
  );

  // Killed: what it held is there when it comes back, and what was written meanwhile leaves.
  first.signal("SIGKILL");
  await first.ended;
  expect(desk.ok("send bob are you there? --home a")).toBe("Queued for bob.\n");
  expect(desk.ok("send alice written offline --home b")).toContain("it leaves when");
  const second = desk.node("--home b");
  await second.says("the node runs");
  expect(desk.ok("send alice back again --wait --home b")).toBe("Queued.\nDelivered.\n");
  const said = (): string => desk.ok("read --all --home b");
  for (let i = 0; i < 100 && !said().includes("are you there?"); i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(said().split("\n").sort()).toEqual(
    [
      "",
      "TIME  alice: are you there?",
      "TIME  alice: the treasure is under the oak",
      "TIME  to alice: back again  (delivered)",
      "TIME  to alice: understood  (delivered)",
      "TIME  to alice: written offline  (delivered)",
    ].sort(),
  );
  expect(desk.ok("read --home a").split("\n").sort()).toEqual(
    ["", "TIME  bob: back again", "TIME  bob: understood", "TIME  bob: written offline"].sort(),
  );

  const account = (JSON.parse(desk.chhaya("id --home b --json").stdout) as { readonly account: string }).account;
  const { network } = JSON.parse(desk.chhaya("status --home b --json").stdout) as {
    readonly network: { readonly peer: string };
  };
  for (const node of [a, second]) {
    node.signal("SIGTERM");
    expect(await node.ended).toBe(0);
    expect(node.log).toContain('"msg":"the node stops"');
  }
  // Neither contents nor people, accounts, peers or addresses.
  const logs = a.log + first.log + second.log;
  expect(logs).toContain('"msg":"message"');
  for (const secret of [
    "treasure",
    "understood",
    "alice",
    "bob",
    account.slice(0, 12),
    network.peer,
    "127.0.0.1",
    "CHHAYA1",
  ]) {
    expect(logs).not.toContain(secret);
  }
});
