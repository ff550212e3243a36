import { resolve } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { FollowedLog, LogId, Roles, WitnessAddress } from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { ascii } from "../../core/suite/index.ts";
import { type LogAnchor, logId, verifyAnchor } from "../../core/vkd/index.ts";
import { anchorLine, DirectoryFolder, parseLine, trustedAnchor, WitnessFolder } from "../directory/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { type Config, ConfigError } from "./config/index.ts";
import type { Home } from "../home/index.ts";

const OWNER_BYTES = 16;
const OWNER_INFO = ascii("chhaya home id v1");

/** What a node is beside a client, with the keys and folders that this takes. */
export interface OpenedRoles {
  readonly roles: Roles;
  readonly needsIndex: boolean;
  /** "mirror", "witness", "directory". */
  readonly kinds: readonly string[];
  /** What followed directories are called. */
  readonly names: ReadonlyMap<LogId, string>;
  /** Gives the folders back and wipes their keys. */
  release(): void;
}

/** Throws a ConfigError or FolderError that says what has to be put right. `key`: the storage key. */
export async function openRoles({ directories, roles }: Config, home: Home, key: Secret): Promise<OpenedRoles> {
  const releases: (() => void)[] = [];
  const release = (): void => {
    for (const each of releases.splice(0)) each();
  };
  try {
    const owner = ownerOf(key);
    const logs = directories.followed.map((followed): FollowedLog => ({
      anchor: anchorOf(followed.anchor, home),
      servers: followed.mirrors,
      directory: followed.directory,
    }));
    const opened: { -readonly [K in keyof Roles]: Roles[K] } = {
      agreement: directories.agreement,
      mirrors: roles.mirror,
    };
    if (roles.witness !== undefined) {
      const { release: giveBack, seed } = WitnessFolder.handOver(resolve(home.path, roles.witness), owner);
      releases.push(giveBack);
      opened.witness = { seed, logs: roles.witness_logs.map((line) => anchorOf(line, home)) };
    }
    if (roles.directory !== undefined) {
      const handed = await DirectoryFolder.handOver(resolve(home.path, roles.directory), owner);
      releases.push(handed.release);
      const { anchor, keys } = handed;
      opened.directory = { anchor, keys, witnesses: witnessesOf(anchor, roles.directory_witnesses, home) };
      // A directory follows its own log, and asks nobody else about it.
      if (!logs.some((log) => nameOf(log.anchor) === nameOf(anchor))) logs.push({ anchor, servers: [], directory: "" });
    }
    demandDistinct(logs, home);
    return {
      roles: { ...opened, logs },
      needsIndex: roles.mirror || roles.directory !== undefined,
      kinds: ["mirror", "witness", "directory"].filter((kind) =>
        kind === "mirror" ? roles.mirror : roles[kind as "witness" | "directory"] !== undefined,
      ),
      names: new Map(logs.map(({ anchor }) => [nameOf(anchor), anchor.name])),
      release,
    };
  } catch (failure) {
    release();
    throw failure;
  }
}

/** Whether others have the address of this node in their configuration, so that it must not change. */
export function isServing({ network, roles }: Config): boolean {
  return network.serve_relay || roles.mirror || roles.witness !== undefined || roles.directory !== undefined;
}

/** By which a folder knows the node that it was handed to: another one after the home was made anew, or imported. */
function ownerOf(key: Secret): Uint8Array {
  const id = nativeSuite.hkdfSha256(key, new Uint8Array(0), OWNER_INFO, OWNER_BYTES);
  return id.expose().slice();
}

/** A line, or the file that holds it. */
function anchorOf(word: string, home: Home): LogAnchor {
  if (!word.trimStart().startsWith(`${anchorLine.prefix}:`)) return trustedAnchor(resolve(home.path, word));
  const anchor = parseLine(anchorLine, word, "an anchor in the configuration");
  const verified = verifyAnchor(nativeSuite, anchor);
  if (verified.ok) return anchor;
  throw new ConfigError(home.config, [
    `an anchor is refused: its witnesses do not hold their keys (${verified.error})`,
  ]);
}

function nameOf(anchor: LogAnchor): LogId {
  return bytesToHex(logId(nativeSuite, anchor));
}

function demandDistinct(logs: readonly FollowedLog[], home: Home): void {
  const ids = new Set(logs.map(({ anchor }) => nameOf(anchor)));
  if (ids.size < logs.length) throw new ConfigError(home.config, ["directories.followed names one directory twice"]);
}

function witnessesOf(
  { name, witnesses: { members, threshold } }: LogAnchor,
  addresses: Readonly<Record<string, string>>,
  home: Home,
): WitnessAddress[] {
  const found = Object.entries(addresses).map(([beginning, address]) => {
    const matching = members.filter(({ key }) => bytesToHex(key).startsWith(beginning));
    const [member] = matching;
    if (member === undefined || matching.length > 1) {
      const many = member === undefined ? "no witness" : "several witnesses";
      throw new ConfigError(home.config, [`roles.directory_witnesses.${beginning} is ${many} of "${name}"`]);
    }
    return { address, key: member.key };
  });
  if (found.length < threshold) {
    throw new ConfigError(home.config, [
      `roles.directory_witnesses names ${found.length} witnesses of "${name}", and an epoch needs ${threshold}`,
    ]);
  }
  return found;
}
