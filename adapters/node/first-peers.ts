import { join, resolve } from "node:path";
import { equalConstantTime } from "../../core/safety/index.ts";
import {
  anchorIdOf,
  type BootstrapAnchor,
  bootstrapAnchorLine,
  bootstrapListLine,
  type SignedBootstrapList,
  verifyList,
} from "../bootstrap/index.ts";
import { lineOrFile, loadLine, saveLine } from "../directory/index.ts";
import type { Home } from "../home/index.ts";
import { type Config, ConfigError } from "./config/index.ts";
import type { NodeLog } from "./log.ts";

/** The last list that was accepted: none that is older is, and it serves where the newer one is refused. */
const SEEN = "bootstrap-seen";

/**
 * The peers of the signed list that the configuration names; none while it is refused, which the log says. Throws a
 * ConfigError or FolderError where there is no list or anchor to be read.
 */
export function listedPeers({ network }: Config, home: Home, now: number, log: NodeLog): readonly string[] {
  const { bootstrap_anchor: word, bootstrap_list: file } = network;
  if (word === undefined || file === undefined) return [];
  const anchor = anchorOf(word, home);
  const offered = loadLine(bootstrapListLine, resolve(home.path, file));
  if (offered === undefined) throw new ConfigError(home.config, [`network.bootstrap_list: there is no file ${file}`]);
  const seenFile = join(home.path, SEEN);
  const seen = seenUnder(anchor, seenFile);
  const verified = verifyList(anchor, offered, seen?.list.sequence, now);
  if (verified.ok) {
    saveLine(bootstrapListLine, seenFile, offered);
    return verified.value.peers;
  }
  log.write("warn", "the bootstrap list is refused", { code: verified.error });
  const earlier = seen && verifyList(anchor, seen, undefined, now);
  return earlier?.ok === true ? earlier.value.peers : [];
}

function anchorOf(word: string, home: Home): BootstrapAnchor {
  const anchor = lineOrFile(bootstrapAnchorLine, word, "network.bootstrap_anchor", resolve(home.path, word));
  if (anchor === undefined) throw new ConfigError(home.config, [`network.bootstrap_anchor: there is no file ${word}`]);
  return anchor;
}

/** Of another anchor, nothing was seen. */
function seenUnder(anchor: BootstrapAnchor, file: string): SignedBootstrapList | undefined {
  const seen = loadLine(bootstrapListLine, file);
  return seen !== undefined && equalConstantTime(seen.list.anchor, anchorIdOf(anchor)) ? seen : undefined;
}
