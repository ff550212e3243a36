export { systemClock } from "./clock/index.ts";
export {
  type Libp2pCounters,
  type Libp2pOptions,
  Libp2pTransport,
  startLibp2p,
  type Wire,
  WIRES,
} from "./libp2p/index.ts";
export { REAL_PARAMETERS, REAL_SCENARIO, type RealOptions, type RealParameters, runReal } from "./real/index.ts";
export { FileLogStorage, SqliteIndex, type StorageCode, StorageFailed, StorageLocked } from "./storage/index.ts";
export { nativeSuite, simulationSuite, systemRandom } from "./suite/index.ts";
