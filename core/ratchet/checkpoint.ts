import { hexToBytes } from "@noble/hashes/utils.js";
import { array, bytes, type Codec, mapped, optional, refined, secret, struct, uint, union } from "../codec/index.ts";
import { DELIVERY_TAG_BYTES, tagKey } from "../envelope/index.ts";
import {
  KEY_BYTES,
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_SEED_BYTES,
  ROLE_INITIATOR,
  ROLE_RESPONDER,
  type Role,
  SHA256_BYTES,
  X25519_BYTES,
} from "../suite/index.ts";
import type { KemPhase, KemState } from "./kem.ts";
import { CHAIN_MESSAGES_MAX, COUNTER_MAX, KEM_REPEAT_MESSAGES, SKIPPED_KEYS_MAX } from "./policy.ts";
import type { SkippedKey } from "./skipped.ts";
import type { RatchetState, ReceivingChain, SendingChain } from "./state.ts";

const counter = uint(COUNTER_MAX - 1);
const count = uint(CHAIN_MESSAGES_MAX);
const key = secret(KEY_BYTES);

const phaseCodec: Codec<KemPhase> = union({
  idle: [0, struct({})],
  offering: [1, struct({ seed: secret(MLKEM_SEED_BYTES), unrepeated: uint(KEM_REPEAT_MESSAGES) })],
  ready: [2, struct({ secret: key })],
  answering: [
    3,
    struct({ ciphertext: bytes(MLKEM_CIPHERTEXT_BYTES), secret: key, unrepeated: uint(KEM_REPEAT_MESSAGES) }),
  ],
});

const kemCodec: Codec<KemState> = struct({
  epoch: counter,
  phase: phaseCodec,
  offeredMessages: uint(),
  offeredAt: uint(),
});

// Tags are left out: they follow from the header keys.
const sendingCodec: Codec<SendingChain> = mapped(
  struct({
    index: counter,
    epoch: counter,
    key,
    headerKey: key,
    publicKey: bytes(X25519_BYTES),
    secret: secret(X25519_BYTES),
    count,
  }),
  ({ publicKey, secret: pairSecret, ...chain }) => ({
    ...chain,
    pair: { publicKey, secret: pairSecret },
    batch: undefined,
  }),
  ({ pair, ...chain }) => ({ ...chain, publicKey: pair.publicKey, secret: pair.secret }),
);

const receivingCodec: Codec<ReceivingChain> = mapped(
  struct({ index: counter, epoch: counter, key, headerKey: key, count }),
  (chain) => ({ ...chain, tags: undefined }),
  (chain) => chain,
);

/** Skipped keys, shared with the early chain. */
export const skippedCodec: Codec<readonly SkippedKey[]> = array(
  mapped(
    struct({ tag: bytes(DELIVERY_TAG_BYTES), key, at: uint() }),
    (entry): SkippedKey => ({ ...entry, tag: tagKey(entry.tag) }),
    (entry) => ({ ...entry, tag: hexToBytes(entry.tag) }),
  ),
  SKIPPED_KEYS_MAX,
);

const roleCodec: Codec<Role> = mapped(
  refined(uint(0xff), (byte) => byte === ROLE_INITIATOR || byte === ROLE_RESPONDER),
  (byte) => byte as Role,
  (role) => role,
);

/**
 * A checkpoint, secrets in clear: for the log only. About 500 bytes; a pending offer adds 64, a pending
 * answer 1,600, each skipped key 60. Decoding checks that the KEM state fits the role.
 */
export const ratchetCodec: Codec<RatchetState> = mapped(
  refined(
    struct({
      role: roleCodec,
      transcript: bytes(SHA256_BYTES),
      startedAt: uint(),
      messages: uint(),
      root: key,
      kem: kemCodec,
      theirs: bytes(X25519_BYTES),
      sendIndex: counter,
      previousCount: count,
      send: optional(sendingCodec),
      nextSendingHeader: key,
      receive: optional(receivingCodec),
      nextReceivingHeader: key,
      skipped: skippedCodec,
    }),
    ({ role, kem: { phase } }) => phase.kind === "idle" || (phase.kind === "answering") === (role === ROLE_RESPONDER),
  ),
  (state) => ({ ...state, nextTags: undefined }),
  (state) => state,
);
