import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { CONTROL_PATH_BYTES_MAX, controlPath } from "../control/index.ts";

const CONFIG = "config.toml";

/** Something about a home that its owner has to put right; the message says what, in a line or two. */
export class HomeError extends Error {
  override readonly name: string = "HomeError";
}

/** Another process has the home open. */
export class HomeInUse extends HomeError {
  override readonly name = "HomeInUse";
}

/** The folder of one account, and what lies in it. */
export interface Home {
  readonly path: string;
  readonly config: string;
  /** How the storage key is protected; see adapters/storage. Whoever has this file has begun an account. */
  readonly key: string;
  readonly log: string;
  readonly history: string;
  readonly index: string;
  readonly networkIdentity: string;
  /** What the user has not seen yet. */
  readonly attention: string;
  readonly control: string;
}

/** The home that was asked for: by a flag, by CHHAYA_HOME, or ~/.chhaya. */
export function homeAt(asked: string | undefined, environment: NodeJS.ProcessEnv = process.env): Home {
  const path = resolve(asked ?? (environment["CHHAYA_HOME"] || join(homedir(), ".chhaya")));
  const control = controlPath(path);
  if (Buffer.byteLength(control) > CONTROL_PATH_BYTES_MAX) {
    throw new HomeError(
      `the path of the home is too long for its socket: ${control} has more than ${CONTROL_PATH_BYTES_MAX} bytes`,
    );
  }
  return {
    path,
    config: join(path, CONFIG),
    key: join(path, "key"),
    log: join(path, "log"),
    history: join(path, "history"),
    index: join(path, "index"),
    networkIdentity: join(path, "network-identity"),
    attention: join(path, "attention"),
    control,
  };
}

/** Whether an account was begun there. */
export function isHome({ key }: Home): boolean {
  return existsSync(key);
}

/** Throws where there is no account yet. */
export function demandHome(home: Home): void {
  if (!isHome(home)) throw new HomeError(`there is no account in ${home.path}; "chhaya init" makes one`);
}

/** Throws where an account, or anything else but a configuration, is already. */
export function demandEmpty({ path }: Home): void {
  const names = existsSync(path) ? readdirSync(path) : [];
  // A configuration may have been put there first.
  if (names.some((name) => name !== CONFIG)) {
    throw new HomeError(`${path} is not empty: choose another folder with --home`);
  }
}
