import { existsSync } from "node:fs";
import { join } from "node:path";
import { bytesUpTo, struct } from "../../core/codec/index.ts";
import { equalConstantTime, type Secret } from "../../core/safety/index.ts";
import type { LogAnchor, RegistryKeys } from "../../core/vkd/index.ts";
import { FolderError } from "./folder-error.ts";
import { type Line, lineOf } from "./line.ts";
import { createLine, loadLine } from "./state-file.ts";

/** Of the id of a node's home. */
const OWNER_BYTES_MAX = 64;

const ownerLine: Line<{ readonly owner: Uint8Array }> = lineOf(
  "CHHAYANODE1",
  "the node that this folder was handed to",
  struct({ owner: bytesUpTo(OWNER_BYTES_MAX) }),
  OWNER_BYTES_MAX + 8,
);

/** A witness's key, in the hands of a node. */
export interface HandedWitness {
  readonly seed: Secret;
  /** BLS public key, 48 bytes. */
  readonly key: Uint8Array;
  readonly release: () => void;
}

/** A directory's anchor and keys, in the hands of a node. */
export interface HandedDirectory {
  readonly anchor: LogAnchor;
  readonly keys: RegistryKeys;
  readonly release: () => void;
}

/**
 * Whoever signs as a witness or directory has to remember what it signed: two who hold one key and do not know of one
 * another are how two stories come about. So a folder that a node serves is that node's for good, by the id of its
 * home, and the commands that work on folders refuse it.
 */
export function demandOwn(path: string): void {
  if (!existsSync(ownerFile(path))) return;
  throw new FolderError(
    `${path} was handed to a node, which alone remembers what it signed: see "chhaya status" of that node`,
  );
}

/** Takes the folder for the node of this id; throws when it is another's. `isUsed`: something was signed before. */
export function takeOver(path: string, owner: Uint8Array, isUsed: boolean): void {
  const held = loadLine(ownerLine, ownerFile(path));
  if (held === undefined) {
    if (isUsed) {
      throw new FolderError(
        `${path} has signed something by other commands, which a node would not remember: make a new folder`,
      );
    }
    createLine(ownerLine, ownerFile(path), { owner });
  } else if (!equalConstantTime(held.owner, owner)) {
    throw new FolderError(
      `${path} was handed to another node, or to this one before it was made anew: what it signed is not known here`,
    );
  }
}

function ownerFile(path: string): string {
  return join(path, "node");
}
