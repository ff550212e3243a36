import { Driver, Engine } from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { systemClock } from "../clock/index.ts";
import { FileLogStorage } from "../storage/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import type { Home } from "../home/index.ts";
import { OfflineTransport } from "./offline-transport.ts";

/** Begins an account in a home whose key was just made; durable when it resolves. `name`: what its card suggests. */
export async function createAccount(home: Home, key: Secret, name: string): Promise<void> {
  const environment = { suite: nativeSuite, random: systemRandom };
  const { effects, engine } = Engine.create(environment, { label: name, addresses: [] }, systemClock.now());
  const storage = FileLogStorage.open(home.log, key);
  try {
    await new Promise<void>((resolve, reject) => {
      const ports = { clock: systemClock, transport: new OfflineTransport([]), storage };
      const driver = new Driver(
        engine,
        ports,
        ({ kind }) => {
          if (kind !== "command.refused") return;
          driver.stop();
          resolve();
        },
        reject,
      );
      driver.perform(effects);
      // It comes back when all that was before it is durable.
      driver.command({ kind: "send", contact: "", body: new Uint8Array(0), token: 0 });
    });
  } finally {
    await storage.close();
  }
}
