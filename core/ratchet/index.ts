export { type EarlyState, earlyCodec, earlyTags, openEarly, sealEarly, startEarly, wipeEarly } from "./early.ts";
export { ratchetCodec } from "./checkpoint.ts";
export {
  CHAIN_MESSAGES_MAX,
  COUNTER_MAX,
  DEFAULT_RATCHET_POLICY,
  EARLY_MESSAGES_MAX,
  ENVELOPE_OVERHEAD_BYTES,
  PAYLOAD_BYTES_MAX,
  type RatchetCode,
  type RatchetPolicy,
  SKIPPED_KEY_AGE_MS_MAX,
  SKIPPED_KEYS_MAX,
  TAG_BATCH,
} from "./policy.ts";
export { expireSkipped, type Opened, openMessage } from "./open.ts";
export { receivingTags } from "./recognised.ts";
export { type Sealed, sealMessage, sendingRoom } from "./seal.ts";
export { type RatchetSeed, startRatchet } from "./start.ts";
export { type RatchetState, wipeRatchet } from "./state.ts";
export type { TagChange } from "./tags.ts";
