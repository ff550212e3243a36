import { setTimeout as sleep } from "node:timers/promises";
import { ControlClient, type Service } from "../../control/index.ts";
import { demandHome, type Home, homeAt, HomeInUse } from "../../home/index.ts";
import type { AccountFlags } from "./flags.ts";
import { passphraseOf } from "./passphrase.ts";
import { programVersion } from "../version.ts";

/** Another command may have the home open, or a node that is starting: both are soon done. */
const IN_USE_MS_MAX = 10_000;
const IN_USE_PAUSE_MS = 100;

/** The node's own service where one runs; otherwise the account is opened here, without a network, for this command. */
export async function withService<T>(flags: AccountFlags, action: (service: Service) => Promise<T>): Promise<T> {
  const service = await openService(homeAt(flags.home), flags.passphraseFile);
  try {
    return await action(service);
  } finally {
    await service.close();
  }
}

export async function openService(home: Home, passphraseFile: string | undefined): Promise<Service> {
  demandHome(home);
  const until = Date.now() + IN_USE_MS_MAX;
  for (;;) {
    const running = await ControlClient.connect(home.control);
    if (running !== undefined) return running;
    try {
      return await openHere(home, passphraseFile);
    } catch (failure) {
      if (!(failure instanceof HomeInUse) || Date.now() >= until) throw failure;
      await sleep(IN_USE_PAUSE_MS);
    }
  }
}

async function openHere(home: Home, passphraseFile: string | undefined): Promise<Service> {
  const { ChhayaNode, NodeService, readConfig, silentLog } = await import("../../node/index.ts");
  const { openKey } = await import("../../storage/index.ts");
  const { systemClock } = await import("../../clock/index.ts");
  const config = readConfig(home.config);
  const environment = { clock: systemClock, log: silentLog, version: programVersion(), startNetwork: undefined };
  const open = () => openKey(home.path, () => passphraseOf(passphraseFile));
  return new NodeService(await ChhayaNode.open(home, config, open, environment));
}
