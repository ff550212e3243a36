import { concatBytes } from "@noble/hashes/utils.js";
import { Secret } from "../safety/index.ts";
import {
  derive,
  KEY_BYTES,
  MLKEM_PUBLIC_BYTES,
  MLKEM_SEED_BYTES,
  type Random,
  type Role,
  ROLE_INITIATOR,
  type Suite,
} from "../suite/index.ts";
import { uint32 } from "./bytes.ts";
import { KEM_REPEAT_MESSAGES, type RatchetPolicy } from "./policy.ts";

/**
 * Where the next KEM epoch stands. The initiator goes idle → offering → ready → idle, the responder
 * idle → answering → idle; the epoch in question is always the one after the session's.
 * `unrepeated` counts the messages sealed since the offer or answer last rode along, that one included.
 */
export type KemPhase =
  | { readonly kind: "idle" }
  /** The initiator's key pair, as its seed, until the answer arrives. */
  | { readonly kind: "offering"; readonly seed: Secret; readonly unrepeated: number }
  /** The secret that the initiator mixes into its next root step. */
  | { readonly kind: "ready"; readonly secret: Secret }
  /** The responder's answer, until a chain of the initiator names the epoch. */
  | {
      readonly kind: "answering";
      readonly ciphertext: Uint8Array;
      readonly secret: Secret;
      readonly unrepeated: number;
    };

export interface KemState {
  /** KEM secrets mixed into the root. */
  readonly epoch: number;
  readonly phase: KemPhase;
  /** The session's number of messages and the time when the initiator last made an offer, or at the start. */
  readonly offeredMessages: number;
  readonly offeredAt: number;
}

const CONTROL_NONE = 0;
const CONTROL_OFFER = 1;
const CONTROL_ANSWER = 2;
const EPOCH_BYTES = 4;
/** Kind, epoch, then an encapsulation key or a ciphertext: both are 1568 bytes (FIPS 203 table 3). */
export const KEM_CONTROL_BYTES: number = 1 + EPOCH_BYTES + MLKEM_PUBLIC_BYTES;
/** The control part of a message that carries none. */
export const NO_CONTROL: Uint8Array = Uint8Array.of(CONTROL_NONE);

/** The control part of an authenticated body. */
export interface Control {
  readonly kind: "none" | "offer" | "answer";
  readonly epoch: number;
  /** Encapsulation key or ciphertext, 1568 bytes; empty for `none`. */
  readonly value: Uint8Array;
}

/** Control and payload of an unpadded body; undefined when malformed. The payload is a view. */
export function readControl(
  content: Uint8Array,
): { readonly control: Control; readonly payload: Uint8Array } | undefined {
  const kind = content[0];
  if (kind === CONTROL_NONE) {
    return { control: { kind: "none", epoch: 0, value: content.subarray(0, 0) }, payload: content.subarray(1) };
  }
  if ((kind !== CONTROL_OFFER && kind !== CONTROL_ANSWER) || content.length < KEM_CONTROL_BYTES) return undefined;
  const epoch = new DataView(content.buffer, content.byteOffset).getUint32(1);
  const value = content.slice(1 + EPOCH_BYTES, KEM_CONTROL_BYTES);
  return {
    control: { kind: kind === CONTROL_OFFER ? "offer" : "answer", epoch, value },
    payload: content.subarray(KEM_CONTROL_BYTES),
  };
}

/** With a fresh offer when the policy's interval has passed and no epoch is under way. Only the initiator offers. */
export function offerWhenDue(
  random: Random,
  role: Role,
  kem: KemState,
  messages: number,
  policy: RatchetPolicy,
  now: number,
): KemState {
  if (role !== ROLE_INITIATOR || kem.phase.kind !== "idle") return kem;
  if (messages - kem.offeredMessages < policy.kemMessages && now - kem.offeredAt < policy.kemMs) return kem;
  const seed = new Secret(random.bytes(MLKEM_SEED_BYTES));
  const phase = { kind: "offering", seed, unrepeated: KEM_REPEAT_MESSAGES } as const;
  return { ...kem, phase, offeredMessages: messages, offeredAt: now };
}

/** Whether the next message should carry the pending offer or answer. `first`: it opens a chain. */
export function controlDue({ phase }: KemState, first: boolean): boolean {
  if (phase.kind !== "offering" && phase.kind !== "answering") return false;
  return first || phase.unrepeated >= KEM_REPEAT_MESSAGES;
}

/** The control part that carries the pending offer or answer; KEM_CONTROL_BYTES. */
export function controlOf(suite: Suite, { epoch, phase }: KemState): Uint8Array {
  if (phase.kind === "offering") {
    return concatBytes(Uint8Array.of(CONTROL_OFFER), uint32(epoch + 1), suite.mlKemPublic(phase.seed));
  }
  if (phase.kind === "answering") {
    return concatBytes(Uint8Array.of(CONTROL_ANSWER), uint32(epoch + 1), phase.ciphertext);
  }
  return NO_CONTROL;
}

/** After a message was sealed, with or without the pending control. */
export function afterSealing(kem: KemState, carried: boolean): KemState {
  const { phase } = kem;
  if (phase.kind !== "offering" && phase.kind !== "answering") return kem;
  const unrepeated = carried ? 1 : Math.min(phase.unrepeated + 1, KEM_REPEAT_MESSAGES);
  return { ...kem, phase: { ...phase, unrepeated } };
}

/** After the epoch's secret went into the root. */
export function afterMixing(kem: KemState): KemState {
  return { ...kem, epoch: kem.epoch + 1, phase: { kind: "idle" } };
}

/**
 * The epoch's contribution to the root. It binds key and ciphertext by hash, so that it does not rest on
 * which of them ML-KEM's own shared secret commits to.
 */
function epochSecret(
  suite: Suite,
  shared: Secret,
  transcript: Uint8Array,
  epoch: number,
  publicKey: Uint8Array,
  ciphertext: Uint8Array,
): Secret {
  const info = concatBytes(transcript, uint32(epoch), suite.sha256(publicKey), suite.sha256(ciphertext));
  const secret = derive(suite, shared, "ratchet kem", info, KEY_BYTES);
  shared.wipe();
  return secret;
}

/**
 * What an authenticated control part changes; `kem` is the state after the message's own root step.
 * Repetitions and leftovers of finished epochs change nothing. Undefined for what an honest peer never
 * sends: the wrong direction, an epoch from the future, a malformed encapsulation key.
 */
export function acceptControl(
  suite: Suite,
  random: Random,
  session: { readonly role: Role; readonly transcript: Uint8Array; readonly kem: KemState },
  control: Control,
): KemState | undefined {
  const { role, transcript, kem } = session;
  const { epoch, phase } = kem;
  if (control.kind === "none") return kem;
  if ((control.kind === "offer") === (role === ROLE_INITIATOR)) return undefined;
  if (control.epoch <= epoch) return kem;
  if (control.epoch > epoch + 1) return undefined;
  if (control.kind === "offer") {
    // One answer an epoch: the initiator may have decapsulated the first already.
    if (phase.kind !== "idle") return kem;
    const encapsulated = suite.mlKemEncapsulate(control.value, random);
    if (encapsulated === undefined) return undefined;
    const { ciphertext, shared } = encapsulated;
    const secret = epochSecret(suite, shared, transcript, control.epoch, control.value, ciphertext);
    return { ...kem, phase: { kind: "answering", ciphertext, secret, unrepeated: KEM_REPEAT_MESSAGES } };
  }
  if (phase.kind === "ready") return kem;
  if (phase.kind !== "offering") return undefined;
  const shared = suite.mlKemDecapsulate(phase.seed, control.value);
  if (shared === undefined) return undefined;
  const publicKey = suite.mlKemPublic(phase.seed);
  const secret = epochSecret(suite, shared, transcript, control.epoch, publicKey, control.value);
  return { ...kem, phase: { kind: "ready", secret } };
}

/** Every secret of a KEM state. */
export function kemSecrets({ phase }: KemState): Secret[] {
  if (phase.kind === "idle") return [];
  return [phase.kind === "offering" ? phase.seed : phase.secret];
}
