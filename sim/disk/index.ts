export { type DiskSpeed, SimDisk } from "./disk.ts";
