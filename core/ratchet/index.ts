export { type EarlyState, earlyCodec, earlyTags, openEarly, sealEarly, startEarly, wipeEarly } from "./early.ts";
export { type Opened, openMessage } from "./open.ts";
export {
  CHAIN_LOOKAHEAD_MAX,
  COUNTER_MAX,
  DEFAULT_RATCHET_POLICY,
  EARLY_MESSAGES_MAX,
  type RatchetCode,
  type RatchetPolicy,
  SKIPPED_KEY_AGE_MS_MAX,
  SKIPPED_KEYS_MAX,
} from "./policy.ts";
export { type Sealed, sealMessage } from "./seal.ts";
export {
  ratchetCodec,
  type RatchetSeed,
  type RatchetState,
  receivingTags,
  startRatchet,
  type TagChange,
  wipeRatchet,
} from "./state.ts";
