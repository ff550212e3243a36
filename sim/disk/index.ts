export { type DiskSpeed, SimDisk } from "./disk.ts";
export { type IndexEntries, SimIndex } from "./index-store.ts";
