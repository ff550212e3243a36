import { bytes, type Codec, optional, secret, struct, uint } from "../codec/index.ts";
import { Secret } from "../safety/index.ts";
import {
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_SEED_BYTES,
  MLKEM_SHARED_BYTES,
  type Random,
  type Role,
  ROLE_INITIATOR,
  type Suite,
} from "../suite/index.ts";
import type { Control } from "./body.ts";
import { COUNTER_MAX, KEM_REPEAT_MESSAGES, type RatchetPolicy } from "./policy.ts";

/**
 * Where the ML-KEM exchange of a session stands. The initiator of the session offers a fresh key, the responder
 * answers with a ciphertext, and the initiator mixes the shared secret into its next root step, naming the epoch
 * in its headers. The responder made the secret, so it can always follow: no loss or reordering can part them.
 */
export interface KemState {
  /** Secrets mixed into the root so far. */
  readonly epoch: number;
  /** When the last one was mixed, or the session began. */
  readonly since: number;
  /** Messages sent and received since. */
  readonly messages: number;
  /** Messages sent since the offer or answer last rode along. */
  readonly unrepeated: number;
  /** Initiator: the seed of the offered key, until it is answered. */
  readonly offered: Secret | undefined;
  /** Responder: its ciphertext, until its secret is seen in use. */
  readonly answer: Uint8Array | undefined;
  /** The shared secret that the next root step of the initiator mixes in. */
  readonly shared: Secret | undefined;
}

export const kemCodec: Codec<KemState> = struct({
  epoch: uint(COUNTER_MAX),
  since: uint(),
  messages: uint(),
  unrepeated: uint(),
  offered: optional(secret(MLKEM_SEED_BYTES)),
  answer: optional(bytes(MLKEM_CIPHERTEXT_BYTES)),
  shared: optional(secret(MLKEM_SHARED_BYTES)),
});

export function startKem(now: number): KemState {
  return { epoch: 0, since: now, messages: 0, unrepeated: 0, offered: undefined, answer: undefined, shared: undefined };
}

/** The state with a fresh offer when one is due. Only a session's initiator offers. */
export function offerWhenDue(random: Random, role: Role, kem: KemState, policy: RatchetPolicy, now: number): KemState {
  if (role !== ROLE_INITIATOR || kem.offered !== undefined || kem.shared !== undefined) return kem;
  if (kem.messages < policy.kemMessages && now - kem.since < policy.kemMs) return kem;
  if (kem.epoch >= COUNTER_MAX) return kem;
  return { ...kem, offered: new Secret(random.bytes(MLKEM_SEED_BYTES)), unrepeated: KEM_REPEAT_MESSAGES };
}

/** What rides on the next message: the pending offer or answer on a chain's first message and on every eighth. */
export function controlOf(suite: Suite, kem: KemState, number: number): Control {
  if (number > 0 && kem.unrepeated < KEM_REPEAT_MESSAGES - 1) return { kind: "none" };
  const epoch = kem.epoch + 1;
  if (kem.offered !== undefined) return { kind: "offer", epoch, publicKey: suite.mlKemPublic(kem.offered) };
  if (kem.answer !== undefined) return { kind: "answer", epoch, ciphertext: kem.answer };
  return { kind: "none" };
}

export function afterSealing(kem: KemState, control: Control): KemState {
  return { ...kem, messages: kem.messages + 1, unrepeated: control.kind === "none" ? kem.unrepeated + 1 : 0 };
}

/** The state after an authenticated message; superseded secrets are added to `spent`. Stale controls change nothing. */
export function afterOpening(
  suite: Suite,
  random: Random,
  role: Role,
  kem: KemState,
  control: Control,
  spent: Secret[],
): KemState {
  const counted = { ...kem, messages: kem.messages + 1 };
  if (control.kind === "none" || control.epoch !== kem.epoch + 1) return counted;
  if (control.kind === "offer") {
    if (role === ROLE_INITIATOR || kem.shared !== undefined) return counted;
    const made = suite.mlKemEncapsulate(control.publicKey, random);
    if (made === undefined) return counted;
    return { ...counted, answer: made.ciphertext, shared: made.shared, unrepeated: KEM_REPEAT_MESSAGES };
  }
  if (kem.offered === undefined) return counted;
  const shared = suite.mlKemDecapsulate(kem.offered, control.ciphertext);
  if (shared === undefined) return counted;
  spent.push(kem.offered);
  return { ...counted, offered: undefined, shared };
}

/** The state after the shared secret went into the root. */
export function afterMixing(kem: KemState, now: number): KemState {
  return { ...startKem(now), epoch: kem.epoch + 1 };
}
