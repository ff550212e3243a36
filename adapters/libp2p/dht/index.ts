export { DhtRecords } from "./dht-records.ts";
export { type DhtMode, recordDht } from "./record-dht.ts";
export { dhtKey } from "./record-keys.ts";
export { KAD_PROTOCOL } from "./supervision.ts";
