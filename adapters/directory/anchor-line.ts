import {
  anchorFromBytes,
  anchorToBytes,
  LOG_ANCHOR_BYTES_MAX,
  type LogAnchor,
  verifyAnchor,
} from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { FolderError } from "./folder-error.ts";
import { charsOf, type Line } from "./line.ts";
import { loadLine } from "./state-file.ts";

/** What a client is given out of band to trust a directory: its keys, its first witnesses, and its name. */
export const anchorLine: Line<LogAnchor> = {
  prefix: "CHHAYALOG1",
  what: "a log anchor",
  toBytes: anchorToBytes,
  fromBytes: anchorFromBytes,
  charsMax: charsOf(LOG_ANCHOR_BYTES_MAX),
};

/** The anchor in a file. Whether its witnesses hold their keys is for {@link trustedAnchor}. */
export function loadAnchor(file: string): LogAnchor {
  const anchor = loadLine(anchorLine, file);
  if (anchor === undefined) throw new FolderError(`there is no log anchor in ${file}`);
  return anchor;
}

/** The anchor in a file that came from outside. */
export function trustedAnchor(file: string): LogAnchor {
  const anchor = loadAnchor(file);
  const verified = verifyAnchor(nativeSuite, anchor);
  if (verified.ok) return anchor;
  throw new FolderError(`${file} does not hold a log anchor: its witnesses are refused (${verified.error})`);
}
