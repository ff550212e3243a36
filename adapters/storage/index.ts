export { FileLogStorage, type StorageCode, StorageFailed } from "./file-log.ts";
export { StorageLocked } from "./lock.ts";
