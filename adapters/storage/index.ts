export { createDirectory, syncDirectory } from "./directory.ts";
export { type StorageCode, StorageFailed } from "./failure.ts";
export { FileLogStorage } from "./file-log.ts";
export { StorageLocked, takeLock } from "./lock.ts";
export { SqliteIndex } from "./sqlite-index.ts";
