export type StorageCode =
  /** The system refused a write; what of it is on the disk is unknown. The cause says why. */
  | "storage/write-failed"
  /** Nothing is written after a failure or after closing. */
  | "storage/stopped";

export class StorageFailed extends Error {
  override readonly name = "StorageFailed";
  readonly code: StorageCode;

  constructor(code: StorageCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
