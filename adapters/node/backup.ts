import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { Engine, type StoredLog } from "../../core/node/index.ts";
import { ANCHOR_BYTES } from "../../core/logstore/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { type Calls, ServiceError } from "../control/index.ts";
import {
  BackupFailed,
  type BackupPart,
  backupParts,
  createKey,
  FileLogStorage,
  History,
  type Protection,
  writeBackup,
} from "../storage/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { demandEmpty, type Home, HomeError } from "../home/index.ts";
import { buildHome } from "./build-home.ts";
import { sealedCell } from "./cell.ts";
import type { ChhayaNode } from "./node.ts";

const FORMAT = "chhaya-backup/1";
/** An anchor that fits no log: what is restored is taken for damaged, so that no key of a conversation serves twice. */
const NO_ANCHOR = new Uint8Array(ANCHOR_BYTES);

/**
 * The log before the history: what the log holds was offered to the history first, so that no token of the log is
 * given out again.
 */
function* partsOf(node: ChhayaNode, log: Uint8Array, config: Uint8Array | undefined): Generator<BackupPart> {
  const manifest = { format: FORMAT, version: node.version, made: node.clock.now() };
  yield { name: "manifest", bytes: new TextEncoder().encode(JSON.stringify(manifest)) };
  if (config !== undefined) yield { name: "config", bytes: config };
  const attention = node.attention.contents();
  if (attention !== undefined) yield { name: "attention", bytes: attention };
  yield { name: "log", bytes: log };
  for (const bytes of node.history.dump()) yield { name: "history", bytes };
}

export async function exportBackup(
  node: ChhayaNode,
  { file, passphrase }: Calls["export"]["params"],
): Promise<Calls["export"]["result"]> {
  if (!isAbsolute(file)) throw new ServiceError("control/malformed", "the file of a backup is named by its whole path");
  const { storage } = await node.session();
  const { log } = await new Promise<StoredLog>((resolve) => storage.read(resolve));
  const config = existsSync(node.home.config) ? new Uint8Array(readFileSync(node.home.config)) : undefined;
  const secret = new Secret(new TextEncoder().encode(passphrase));
  try {
    await writeBackup(file, secret, partsOf(node, log, config));
  } catch (failure) {
    throw new ServiceError("service/file", `${file} cannot be written: ${reasonOf(failure)}`);
  } finally {
    secret.wipe();
    log.fill(0);
  }
  return { bytes: statSync(file).size };
}

/**
 * Makes a home of a backup. Its log is taken for damaged, so that the account goes on without using a key of any
 * conversation again. Returns the storage key, which is new.
 */
export async function importBackup(
  home: Home,
  file: string,
  passphrase: Secret,
  protection: Protection,
  now: number,
): Promise<Secret> {
  demandEmpty(home);
  const parts = backupParts(file, passphrase)[Symbol.iterator]();
  const manifest = partNamed(nextOf(parts), "manifest", file);
  const { format } = JSON.parse(new TextDecoder().decode(manifest)) as { readonly format?: string };
  if (format !== FORMAT) throw new HomeError(`${file} is of a newer version of Chhaya (${format ?? "unnamed"})`);
  let part = nextOf(parts);
  const config = part?.name === "config" ? part.bytes : undefined;
  if (config !== undefined) part = nextOf(parts);
  const attention = part?.name === "attention" ? part.bytes : undefined;
  if (attention !== undefined) part = nextOf(parts);
  const log = partNamed(part, "log", file);
  const opened = Engine.open({ suite: nativeSuite, random: systemRandom }, { log, anchor: NO_ANCHOR }, now);
  if (!opened.ok) throw new HomeError(`${file} holds no account (${opened.error})`);
  try {
    return await buildHome(home, async (draft) => {
      const key = await createKey(draft.path, protection);
      History.restore(draft.history, key, historyParts(parts, file));
      await writeLog(draft.log, key, log);
      if (attention !== undefined) sealedCell(draft.attention, key).write(attention);
      if (config !== undefined) writeFileSync(draft.config, config, { mode: 0o600 });
      return key;
    });
  } finally {
    log.fill(0);
  }
}

async function writeLog(directory: string, key: Secret, log: Uint8Array): Promise<void> {
  const storage = FileLogStorage.open(directory, key);
  try {
    await new Promise<void>((resolve, reject) => {
      storage.replace(log, NO_ANCHOR, (failure) => (failure === undefined ? resolve() : reject(failure)));
    });
  } finally {
    await storage.close();
  }
}

function nextOf(parts: Iterator<BackupPart>): BackupPart | undefined {
  const next = parts.next();
  return next.done === true ? undefined : next.value;
}

function* historyParts(parts: Iterator<BackupPart>, file: string): Generator<Uint8Array> {
  for (let part = nextOf(parts); part !== undefined; part = nextOf(parts)) yield partNamed(part, "history", file);
}

function partNamed(part: BackupPart | undefined, name: string, file: string): Uint8Array {
  if (part?.name !== name) throw new HomeError(`${file} lacks its ${name}`);
  return part.bytes;
}

function reasonOf(failure: unknown): string {
  if (failure instanceof BackupFailed && failure.code === "backup/exists") return "it is there already";
  if (failure instanceof Error && "code" in failure) return String(failure.code);
  return "unknown";
}
