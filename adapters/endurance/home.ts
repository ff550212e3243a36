import { writeFileSync } from "node:fs";
import { Secret } from "../../core/safety/index.ts";
import { systemClock } from "../clock/index.ts";
import { type Home, homeAt } from "../home/index.ts";
import { ChhayaNode, createAccount, type NodeEnvironment, readConfig } from "../node/index.ts";
import { createKey, openKey } from "../storage/index.ts";

/** Makes an account in a new folder, as `chhaya init` does. `config`: lines of its config.toml. */
export async function makeHome(path: string, name: string, config: readonly string[]): Promise<Home> {
  const home = homeAt(path);
  const key = await createKey(home.path, { kind: "none" });
  await createAccount(home, key, name);
  key.wipe();
  writeFileSync(home.config, `${config.join("\n")}\n`);
  return home;
}

/** Opens it as `chhaya node` does. */
export function openHome(
  home: Home,
  startNetwork: NodeEnvironment["startNetwork"],
  log: NodeEnvironment["log"],
): Promise<ChhayaNode> {
  const noPassphrase = async (): Promise<Secret> => new Secret(new Uint8Array(0));
  const environment = { clock: systemClock, log, version: "0", startNetwork };
  return ChhayaNode.open(home, readConfig(home.config), () => openKey(home.path, noPassphrase), environment);
}

/** A node on loopback alone, on a port that the system chooses. */
export function loopbackConfig(bootstrap: readonly string[], compactSeconds: number): readonly string[] {
  return [
    "[network]",
    'listen = ["/ip4/127.0.0.1/udp/0/quic-v1"]',
    'scope = "loopback"',
    'dht = "server"',
    "mdns = false",
    `bootstrap = ${JSON.stringify(bootstrap)}`,
    "[settings]",
    `compact_seconds = ${compactSeconds}`,
  ];
}
