import { AssertionFailure } from "../../core/safety/index.ts";

/** Something about a folder or a file that its owner has to put right; the message says what, in one line. */
export class FolderError extends Error {
  override readonly name: string = "FolderError";
}

/** What a folder holds is not what this program wrote there: a disk or a person altered it. */
export class FolderDamaged extends FolderError {
  override readonly name = "FolderDamaged";
}

/**
 * What reading a folder's index failed with: a file that is no database, or a failed assertion of the core, which
 * checks what it reads against its hash, both say that the folder was altered. All else stays what it is.
 */
export function asDamage(path: string, failure: unknown): unknown {
  if (!(failure instanceof AssertionFailure) && systemCode(failure) !== "ERR_SQLITE_ERROR") return failure;
  return new FolderDamaged(`${path} is damaged: ${(failure as Error).message}`, { cause: failure });
}

/** The system's code of a failure, such as "ENOENT". */
export function systemCode(failure: unknown): string {
  return failure instanceof Error && "code" in failure ? String(failure.code) : String(failure);
}
