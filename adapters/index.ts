/// <reference types="node" preserve="true" />
export { systemClock } from "./clock/index.ts";
export {
  type ContactItem,
  ControlClient,
  type MessageItem,
  type NoticeItem,
  type Service,
  ServiceError,
  type Status,
} from "./control/index.ts";
export { type Home, homeAt } from "./home/index.ts";
export {
  LIBP2P_WIRES,
  type Libp2pCounters,
  Libp2pTransport,
  type Libp2pWire,
  loopbackOptions,
  type NetworkOptions,
  type NetworkStatus,
  type Scope,
  startLibp2p,
} from "./libp2p/index.ts";
export { ChhayaNode, type NodeEnvironment, NodeService, readConfig, silentLog, startNetwork } from "./node/index.ts";
export {
  createKey,
  FileLogStorage,
  History,
  KeyFailed,
  openKey,
  type Protection,
  SqliteIndex,
  type StorageCode,
  StorageFailed,
  StorageLocked,
} from "./storage/index.ts";
export { nativeSuite, simulationSuite, systemRandom } from "./suite/index.ts";
