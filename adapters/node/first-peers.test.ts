import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addSignature,
  anchorIdOf,
  bootstrapAnchorLine,
  bootstrapListLine,
  createSigner,
  loadSigner,
  type SignedBootstrapList,
} from "../bootstrap/index.ts";
import { saveLine, toLine } from "../directory/index.ts";
import { homeAt } from "../home/index.ts";
import { parseConfig } from "./config/index.ts";
import { listedPeers } from "./first-peers.ts";

const NOW = 1_800_000_000_000;
const folder = mkdtempSync(join(tmpdir(), "chhaya-first-peers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const home = homeAt(folder);
const key = createSigner(join(folder, "key"));
const anchor = { network: "home", threshold: 1, keys: [key] };
const warnings: unknown[] = [];
const log = { write: (_level: string, _message: string, fields?: object) => void warnings.push(fields) };
const toml = `[network]\nbootstrap_list = "list"\nbootstrap_anchor = "${toLine(bootstrapAnchorLine, anchor)}"\n`;

function signed(sequence: number, peer: string): SignedBootstrapList {
  const list = { anchor: anchorIdOf(anchor), sequence, issued: NOW, expires: NOW + 1_000, peers: [peer] };
  const more = addSignature(anchor, { list, signatures: [] }, loadSigner(join(folder, "key")));
  if (more === undefined) throw new Error("unknown key");
  return more;
}

function offer(list: SignedBootstrapList, now = NOW): readonly string[] {
  saveLine(bootstrapListLine, join(folder, "list"), list);
  return listedPeers(parseConfig(toml, "config.toml"), home, now, log);
}

let first: SignedBootstrapList;
beforeAll(() => (first = signed(1, "/ip4/192.0.2.1/tcp/1/p2p/a")));

test("a good list is used, a newer one after it, and no older one any more: the newest serves on", () => {
  expect(offer(first)).toEqual(first.list.peers);
  const second = signed(2, "/ip4/192.0.2.2/tcp/1/p2p/b");
  expect(offer(second)).toEqual(second.list.peers);
  expect(warnings).toEqual([]);
  expect(offer(first)).toEqual(second.list.peers);
  expect(warnings).toEqual([{ code: "bootstrap/rollback" }]);
});

test("of an expired list nothing is used", () => {
  expect(offer(signed(3, "/ip4/192.0.2.3/tcp/1/p2p/c"), NOW + 1_000)).toEqual([]);
  expect(warnings.at(-1)).toEqual({ code: "bootstrap/expired" });
});

test("a list or an anchor that is not there is the operator's mistake", () => {
  rmSync(join(folder, "list"));
  expect(() => listedPeers(parseConfig(toml, "c"), home, NOW, log)).toThrow("there is no file list");
  const lost = parseConfig('[network]\nbootstrap_list = "list"\nbootstrap_anchor = "lost"\n', "c");
  expect(() => listedPeers(lost, home, NOW, log)).toThrow("there is no file lost");
});

test("without a list there is nothing to do, and half a choice is a mistake", () => {
  expect(listedPeers(parseConfig("", "c"), home, NOW, log)).toEqual([]);
  expect(() => parseConfig('[network]\nbootstrap_list = "list"\n', "c")).toThrow("go together");
});
