import { existsSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "../storage/index.ts";
import { demandEmpty, type Home } from "../home/index.ts";

/**
 * Makes a home of what `build` puts into a folder beside it, once that is whole: a process that is killed meanwhile
 * leaves no half account to be opened. A configuration that was put into the home before stays.
 */
export async function buildHome<T>(home: Home, build: (draft: Home) => Promise<T>): Promise<T> {
  demandEmpty(home);
  const path = `${home.path}.making`;
  const within = (file: string): string => join(path, basename(file));
  const draft: Home = {
    path,
    config: within(home.config),
    key: within(home.key),
    log: within(home.log),
    history: within(home.history),
    index: within(home.index),
    networkIdentity: within(home.networkIdentity),
    attention: within(home.attention),
    control: within(home.control),
  };
  rmSync(path, { recursive: true, force: true });
  try {
    const built = await build(draft);
    if (existsSync(home.config)) renameSync(home.config, draft.config);
    rmSync(home.path, { recursive: true, force: true });
    renameSync(path, home.path);
    syncDirectory(dirname(home.path));
    return built;
  } catch (failure) {
    rmSync(path, { recursive: true, force: true });
    throw failure;
  }
}
