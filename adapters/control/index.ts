export { ControlClient } from "./client.ts";
export { CONTROL_PATH_BYTES_MAX, controlPath } from "./path.ts";
export { answers, ControlServer } from "./server.ts";
export { type ServiceCode, ServiceError } from "./service-error.ts";
export {
  BODY_BYTES_MAX,
  type CallName,
  type Calls,
  type Check,
  type ContactItem,
  type DirectoryStatus,
  type Identity,
  type MessageItem,
  type NetworkView,
  type NoticeItem,
  type SentItem,
  type Service,
  type Status,
  type StreamName,
  type Streams,
} from "./service.ts";
export { checkParams } from "./validation.ts";
