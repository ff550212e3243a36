export { Driver, type Ports } from "./driver.ts";
export { Engine, type EngineEnvironment, type OpenCode } from "./engine.ts";
export type {
  Assurance,
  CommandCode,
  ContactId,
  DirectoryEvent,
  EndReason,
  EngineEvent,
  LabelEvent,
  LogId,
  TrustSource,
  UnvouchedReason,
} from "./events.ts";
export { bodiesOf, examine, type Loot, stolenPrekeys } from "./forensics.ts";
export {
  type Announcement,
  type Answer,
  answerCodec,
  ASKS_MAX,
  type DirectoryRole,
  type FollowedLog,
  type Gossip,
  gossipCodec,
  HEADS_KEPT_MAX,
  HEADS_SEEN_MAX,
  LOGS_MAX,
  OWN_LABELS_MAX,
  PENDING_MAX,
  type Question,
  questionCodec,
  type Roles,
  SERVERS_MAX,
  type WitnessAddress,
  type WitnessRole,
} from "./directory/index.ts";
export { packetCodec, type Packet } from "./packet.ts";
export type { ContactView, Inspection, PeerInspection, WaitingMessage } from "./inspect.ts";
export {
  type Address,
  ANSWER_BYTES_MAX,
  type Clock,
  type Command,
  type Effect,
  GOSSIP_BYTES_MAX,
  type IndexStorage,
  type Input,
  type LogStorage,
  type Millis,
  QUESTION_BYTES_MAX,
  type StoredLog,
  type Transport,
} from "./ports.ts";
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
