import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "chhaya-bootstrap-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PEER = "/ip4/192.0.2.1/udp/4001/quic-v1/p2p/12D3KooWBmAwcd4PJNJvfV89HwE48nwkRmAgo8Vy3uQEyNNHBox2";

function bootstrap(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(import.meta.dirname, "main.ts");
  return spawnSync(process.execPath, [main, "bootstrap", ...words], { cwd: folder, encoding: "utf8" });
}

function into(file: string, ...words: readonly string[]): void {
  const { status, stderr, stdout } = bootstrap(...words);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  writeFileSync(join(folder, file), stdout);
}

test("two of three operators sign a list, and what is wrong is said", { timeout: 60_000 }, () => {
  for (const name of ["a", "b", "c"]) into(`${name}.txt`, "keygen", `${name}.key`);
  expect(bootstrap("keygen", "a.key")).toMatchObject({
    status: 2,
    stderr: "chhaya: cannot create a.key: it is there already\n",
  });
  const signers = ["--signer", "a.txt", "--signer", "b.txt"];
  into("anchor", "anchor", "--network", "town", ...signers, "--threshold", "2");
  expect(bootstrap("anchor", "--network", "town", ...signers, "--threshold", "3")).toMatchObject({
    status: 2,
    stderr: "chhaya: --threshold is 3, and there are only 2 signers\n",
  });
  expect(bootstrap("create", "list", "--anchor", "anchor", "--peer", "nowhere")).toMatchObject({
    status: 2,
    stderr: 'chhaya: --peer takes a multiaddr that ends in /p2p/ and a peer id, not "nowhere"\n',
  });

  expect(bootstrap("create", "list", "--anchor", "anchor", "--peer", PEER).status).toBe(0);
  expect(bootstrap("sign", "list", "--anchor", "anchor", "--key", "a.key").stdout).toBe(
    "list has 1 of the 2 signatures that it needs\n",
  );
  const early = bootstrap("verify", "list", "--anchor", "anchor", "--json");
  expect(early.status).toBe(1);
  expect(JSON.parse(early.stdout)).toMatchObject({ verdict: "refused", code: "bootstrap/too-few", peers: [PEER] });
  expect(bootstrap("sign", "list", "--anchor", "anchor", "--key", "c.key")).toMatchObject({
    status: 2,
    stderr: "chhaya: the anchor does not know the key in c.key\n",
  });
  expect(bootstrap("sign", "list", "--anchor", "anchor", "--key", "b.key").status).toBe(0);
  const good = bootstrap("verify", "list", "--anchor", "anchor");
  expect(good).toMatchObject({ status: 0, stderr: "" });
  expect(good.stdout).toMatch(/^✔ the list is good\n {2}network {3}town\n {2}signed {4}by 2 of 2, 2 needed: ✔ /u);

  const file = join(folder, "list");
  writeFileSync(file, readFileSync(file, "utf8").slice(0, -9));
  expect(bootstrap("verify", "list", "--anchor", "anchor")).toMatchObject({
    status: 2,
    stderr: "chhaya: list does not hold a bootstrap list: it was mistyped, cut or damaged\n",
  });
});
