export type BackupCode =
  | "backup/absent"
  /** A file of that name is there: nothing is overwritten. */
  | "backup/exists"
  /** Not a backup, or of a version that this program does not know. */
  | "backup/unknown-format"
  | "backup/passphrase-wrong"
  /** Altered, reordered or cut short. */
  | "backup/damaged";

export class BackupFailed extends Error {
  override readonly name = "BackupFailed";
  readonly code: BackupCode;

  constructor(code: BackupCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
