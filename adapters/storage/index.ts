export { BACKUP_PART_BYTES_MAX, type BackupPart, backupParts, readBackup, writeBackup } from "./backup.ts";
export { BackupFailed } from "./backup-failure.ts";
export { createDirectory, syncDirectory } from "./directory.ts";
export { type StorageCode, StorageFailed } from "./failure.ts";
export { FileLogStorage } from "./file-log.ts";
export { History } from "./history.ts";
export {
  HISTORY_BODY_BYTES_MAX,
  HISTORY_LIST_MAX,
  type HistoryEntry,
  type SendState,
  type Unsettled,
} from "./history-entry.ts";
export { KeyFailed } from "./key-failure.ts";
export { changeProtection, createKey, openKey, type Protection, protectionOf } from "./key-file.ts";
export type { Keyring } from "./keyring.ts";
export { StorageLocked, takeLock } from "./lock.ts";
export { readSealedFile, writeSealedFile } from "./sealed-file.ts";
export { SqliteIndex } from "./sqlite-index.ts";
