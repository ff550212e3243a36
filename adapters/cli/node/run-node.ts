import type { Command } from "commander";
import { demandHome, homeAt } from "../../home/index.ts";
import { isExplained } from "../failures.ts";
import { programVersion } from "../version.ts";
import { homeFlag, passphraseFlag } from "./flags.ts";
import { passphraseOf } from "./passphrase.ts";
import { recordTo } from "./record.ts";

interface NodeFlags {
  readonly home: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly json: boolean;
  readonly record: string | undefined;
}

/** The node had to stop; the cause says why. */
class NodeFailed extends Error {
  override readonly name = "NodeFailed";
}

const STOPPED = "the node had to stop; its log says where. What was acknowledged is on the disk: start it again";
/** A graceful stop takes no longer. */
const STOP_MS_MAX = 15_000;

export function addNode(program: Command): void {
  program
    .command("node")
    .description(
      "run the node in the foreground: it sends and receives, and the other commands use it. Ctrl-C stops it, a second one at once",
    )
    .addOption(homeFlag())
    .addOption(passphraseFlag())
    .option("--json", "log JSON also on a terminal", false)
    .option(
      "--record <FILE>",
      'journal in FILE all that the core is given, for "chhaya replay": it holds keys and messages in clear, so on test nets only',
    )
    .action(run);
}

async function run(flags: NodeFlags): Promise<void> {
  const home = homeAt(flags.home);
  demandHome(home);
  const { Daemon, failureFields, openLog, readConfig, startNetwork } = await import("../../node/index.ts");
  const { openKey } = await import("../../storage/index.ts");
  const { systemClock } = await import("../../clock/index.ts");
  const config = readConfig(home.config);
  const log = await openLog(config.log.level, process.stderr, process.stderr.isTTY && !flags.json);
  // What was not foreseen is told without its message, which may say more than a log may know, and ends the node.
  process.on("uncaughtException", (failure) => {
    log.write("error", "bug", failureFields(failure));
    process.exit(1);
  });
  // A promise that nobody waited for, of a library as a rule: what is durable does not depend on it.
  process.on("unhandledRejection", (failure) => log.write("error", "bug", failureFields(failure)));
  const stopped = stopSignal();
  const version = programVersion();
  const recorder = flags.record === undefined ? undefined : await recordTo(flags.record, { config, version, log });
  let failure: Error | undefined;
  try {
    const environment = {
      clock: systemClock,
      log,
      version,
      startNetwork,
      ...(recorder === undefined ? {} : { opener: recorder }),
    };
    const daemon = await Daemon.open(
      home,
      config,
      () => openKey(home.path, () => passphraseOf(flags.passphraseFile)),
      environment,
    );
    failure = await Promise.race([stopped, daemon.node.failed]);
    log.write("info", "the node stops");
    const late = setTimeout(() => process.exit(1), STOP_MS_MAX);
    await daemon.close();
    clearTimeout(late);
  } finally {
    recorder?.close();
  }
  if (failure !== undefined) throw isExplained(failure) ? failure : new NodeFailed(STOPPED, { cause: failure });
}

/** Resolves at the first signal; the second one ends the process at once. */
function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
        asked = true;
        resolve(undefined);
      });
    }
  });
}
