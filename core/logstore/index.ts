export {
  ANCHOR_BYTES,
  type Appended,
  appendRecord,
  LOG_RECORD_BYTES_MAX,
  type LogHead,
  RECORD_HEADER_BYTES,
  startGeneration,
} from "./record.ts";
export { type LogReason, type LogStatus, recover, type RecoveredLog } from "./recover.ts";
