export type StorageCode =
  /** The system refused a write; what of it is on the disk is unknown. The cause says why. */
  | "storage/write-failed"
  /** Nothing is written after a failure or after closing. */
  | "storage/stopped"
  /** What is there was sealed under another key. Nothing was changed. */
  | "storage/key-wrong"
  /** What is there is sealed, and no key was given. Nothing was changed. */
  | "storage/key-missing"
  /** A key was given, and what is there is not sealed. Nothing was changed. */
  | "storage/not-sealed"
  /** Something is there already, where there must be nothing. Nothing was changed. */
  | "storage/not-empty"
  /** What is there was altered, or is no such file. Nothing was changed. */
  | "storage/damaged";

export class StorageFailed extends Error {
  override readonly name = "StorageFailed";
  readonly code: StorageCode;

  constructor(code: StorageCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
