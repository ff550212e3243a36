// Whole programs on real networks: five processes of the shipped command on loopback, then in network namespaces.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Lab } from "./lab.testing.ts";
import { assemble, type Cast, expectTalk, meet } from "./play.testing.ts";

const PLAY_MS_MAX = 180_000;
const EVERYWHERE = ["/ip4/0.0.0.0/udp/4001/quic-v1", "/ip4/0.0.0.0/tcp/4001"];

let folder: string;
let cast: Cast | undefined;
let lab: Lab | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chhaya-lab-"));
});

afterEach(async () => {
  await Promise.all((cast?.all ?? []).map((machine) => machine.kill()));
  lab?.end();
  [cast, lab] = [undefined, undefined];
  rmSync(folder, { recursive: true, force: true });
});

async function relayDies({ alice, bob, relays }: Cast): Promise<void> {
  await relays[0].kill();
  for (const person of [alice, bob]) {
    await person.until("only the other relay is left", async () => {
      const addresses = await person.addresses();
      return addresses.length > 0 && addresses.every((address) => address.includes("p2p-circuit")) ? true : undefined;
    });
  }
}

test(
  "two that nobody can dial meet through a directory, talk through a relay, and go on through another when it dies",
  { timeout: PLAY_MS_MAX },
  async () => {
    const isPerson = (name: string): boolean => name === "alice" || name === "bob";
    cast = await assemble({
      folder,
      on: () => (words) => words,
      announce: () => [],
      listen: (name) => (isPerson(name) ? ["/p2p-circuit"] : ["/ip4/127.0.0.1/udp/0/quic-v1"]),
      scope: "loopback",
    });
    await meet(cast);
    await expectTalk(cast, "first");
    await relayDies(cast);
    await expectTalk(cast, "second");
  },
);

// Where a machine does not let a test make networks, the test above stands alone.
test.runIf(Lab.possible)(
  "two laptops behind two routers, in network namespaces",
  { timeout: PLAY_MS_MAX },
  async () => {
    const networks = new Lab();
    lab = networks;
    const hosts = new Map(["relay1", "relay2", "directory"].map((name, i) => [name, networks.host(name, 2 + i)]));
    networks.hostBehindNat("alice", 11);
    networks.hostBehindNat("bob", 12);
    expect(networks.reaches("alice", "44.0.0.2")).toBe(true);
    expect(networks.reaches("alice", "192.168.12.2")).toBe(false);
    cast = await assemble({
      folder,
      on: (name) => (words) => networks.on(name, words),
      listen: (name) => [...EVERYWHERE, ...(hosts.has(name) ? [] : ["/p2p-circuit"])],
      announce: (name) => (hosts.has(name) ? [`/ip4/${hosts.get(name)}/udp/4001/quic-v1`] : []),
      scope: "internet",
    });
    await meet(cast);
    await expectTalk(cast, "first");
    await relayDies(cast);
    await expectTalk(cast, "second");
  },
);
