export { Driver, type Ports } from "./driver.ts";
export { Engine, type EngineEnvironment, type OpenCode } from "./engine.ts";
export type { Assurance, CommandCode, ContactId, EndReason, EngineEvent, TrustSource } from "./events.ts";
export { bodiesOf, examine, type Loot, stolenPrekeys } from "./forensics.ts";
export { packetCodec, type Packet } from "./packet.ts";
export type { ContactView, Inspection, PeerInspection } from "./inspect.ts";
export type { Address, Clock, Command, Effect, Input, LogStorage, Millis, StoredLog, Transport } from "./ports.ts";
export {
  CONTACTS_MAX,
  DEFAULT_SETTINGS,
  DEVICES_PER_CONTACT_MAX,
  INBOX_MESSAGES_MAX,
  MESSAGE_BYTES_MAX,
  OUTBOX_MESSAGES_MAX,
  PROVISIONAL_MESSAGES_MAX,
  REPLAY_KEYS_MAX,
  SEND_WINDOW_MESSAGES,
  type Settings,
} from "./settings.ts";
