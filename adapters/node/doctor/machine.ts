import { execFile } from "node:child_process";
import { readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "../../control/index.ts";
import { protectionOf } from "../../storage/index.ts";
import type { Home } from "../../home/index.ts";
import { fail, ok, warn } from "./finding.ts";

const NODE_MAJOR_MIN = 24;
const MIB = 2 ** 20;
const DISK_LOW_BYTES: number = 1_024 * MIB;
const DISK_OUT_BYTES: number = 100 * MIB;
/** The same as the core tolerates. */
const CLOCK_SKEW_MS = 300_000;
const NTP_MS_MAX = 2_000;

/** What can be said of this machine and this home without opening the account. */
export async function* examineMachine(home: Home, now: number): AsyncGenerator<Check> {
  yield runtime();
  yield permissions(home);
  yield protection(home);
  yield disk(home);
  yield await clock(home, now);
}

function runtime(): Check {
  const { node } = process.versions;
  return Number.parseInt(node, 10) >= NODE_MAJOR_MIN
    ? ok("runtime", `Node ${node}`)
    : fail("runtime", `Node ${node} is too old`, `install Node ${NODE_MAJOR_MIN} or newer`);
}

function permissions({ key, path }: Home): Check {
  if (process.platform === "win32") return ok("permissions", "left to the system");
  const open = [path, key].filter((each) => (statSync(each).mode & 0o077) !== 0);
  return open.length === 0
    ? ok("permissions", "nobody else on this machine may read the home")
    : fail("permissions", `others on this machine may read ${open.join(" and ")}`, `chmod go= ${open.join(" ")}`);
}

function protection({ path }: Home): Check {
  switch (protectionOf(path)) {
    case "passphrase":
      return ok("key", "what is on the disk is sealed under a passphrase");
    case "keyring":
      return ok("key", "what is on the disk is sealed under a key in the system's keyring");
    case "none":
      return warn(
        "key",
        "the storage key lies beside what it seals: whoever gets the disk reads everything",
        'export a backup and import it with a passphrase: "chhaya export", "chhaya import"',
      );
    case undefined:
      return fail("key", "the key file cannot be read", 'restore a backup: "chhaya import"');
  }
}

function disk({ path }: Home): Check {
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const says = `${Math.floor(free / MIB).toLocaleString("en-US")} MiB are free`;
  if (free < DISK_OUT_BYTES) return fail("disk", says, "make room: a node whose disk is full stops");
  return free < DISK_LOW_BYTES
    ? warn("disk", says, "make room soon: a node whose disk is full stops")
    : ok("disk", says);
}

async function clock(home: Home, now: number): Promise<Check> {
  const newest = Math.max(...filesOf(home).map((file) => statSync(file).mtimeMs));
  if (newest > now + CLOCK_SKEW_MS) {
    return fail(
      "clock",
      `the clock stands ${Math.round((newest - now) / 60_000)} min before the last change of a file here: it was set back`,
      "set the clock: certificates and directory heads are judged by it",
    );
  }
  const synchronized = await isSynchronized();
  if (synchronized === undefined) {
    return ok("clock", `${new Date(now).toISOString()}; whether it is kept right, this system does not say`);
  }
  return synchronized
    ? ok("clock", "kept right by the system (NTP)")
    : warn("clock", "the system does not keep the clock right (NTP)", "turn on time synchronization");
}

function filesOf({ history, log, path }: Home): string[] {
  return [path, log, history].flatMap((folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
}

/** What the system says about itself, where it has systemd; undefined where it does not say. */
function isSynchronized(): Promise<boolean | undefined> {
  if (process.platform !== "linux") return Promise.resolve(undefined);
  return new Promise((resolve) => {
    execFile(
      "timedatectl",
      ["show", "-p", "NTPSynchronized", "--value"],
      { timeout: NTP_MS_MAX },
      (failure, stdout) => {
        const word = stdout.trim();
        resolve(failure !== null || (word !== "yes" && word !== "no") ? undefined : word === "yes");
      },
    );
  });
}
