import { array, boolean, bytes, bytesUpTo, type Codec, optional, struct, text, uint } from "../codec/index.ts";
import { ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import { type InitiatorState, initiatorCodec } from "../handshake/index.ts";
import type { PrekeyBundle } from "../identity/index.ts";
import { type EarlyState, earlyCodec, type RatchetState, ratchetCodec } from "../ratchet/index.ts";
import type { Incoming, Outgoing } from "./delivery.ts";
import type { Assurance, ContactId } from "./events.ts";
import type { Millis } from "./ports.ts";
import { type Reach, reachCodec } from "./packet.ts";
import { MESSAGE_BYTES_MAX, PROVISIONAL_MESSAGES_MAX, SEND_WINDOW_MESSAGES, TOMBSTONES_MAX } from "./settings.ts";

/** A session with one device: what its handshake agreed on and where its ratchet stands. */
export interface Session {
  /** The first message's id (32 bytes): both ends know a session by it. */
  readonly id: Uint8Array;
  /** The peer proved possession of its identity key. */
  confirmed: boolean;
  /** Initiator: the peer is known to have the confirmation, so packets need not repeat it. True for a responder. */
  heard: boolean;
  /** The initiator's key confirmation. */
  readonly confirm: Uint8Array;
  readonly established: Millis;
  /** How the peer says it is reached; believed once the session is confirmed. */
  readonly reach: Reach | undefined;
  ratchet: RatchetState;
}

/** The responder's memory of a handshake until it is confirmed: the answer to repeat, and the early chain. */
export interface Answer {
  readonly id: Uint8Array;
  readonly envelope: Uint8Array;
  early: EarlyState;
}

/** The initiator's memory of a handshake until it is answered. */
export interface Initiation {
  readonly handshake: InitiatorState;
  readonly envelope: Uint8Array;
  readonly started: Millis;
  /** Sequence numbers of the messages inside. */
  readonly messages: readonly number[];
  early: EarlyState;
}

/** A message that arrived before the handshake confirmed its author. */
export interface Provisional {
  readonly seq: number;
  /** First 16 bytes of the SHA-256 of the body. */
  readonly digest: Uint8Array;
  /** The session that it arrived on. */
  readonly session: Uint8Array;
  /** What its author held then: see {@link Packet.base}. */
  readonly base: number;
}

export interface Tombstone {
  readonly session: Uint8Array;
  readonly at: Millis;
}

/** Where a lookup of the peer's prekeys stands. Not persisted: a restart looks up again. */
export type Lookup =
  | { readonly stage: "bundle"; readonly request: number }
  | { readonly stage: "prekey"; readonly request: number; readonly bundle: PrekeyBundle; readonly hash: Uint8Array };

/** One device of a contact, and everything between it and this device. */
export interface Peer {
  readonly device: string;
  readonly account: ContactId;
  reach: Reach | undefined;
  /** The newest version of this device's own reach that the peer is known to hold. */
  told: number;
  /** The newest bundle seen: an older one is a rollback. */
  bundleVersion: number;
  /** When the newest first message that was accepted says it was made: an older one is late, or a replay. */
  newestFirst: Millis;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  provisional: readonly Provisional[];
  tombstones: readonly Tombstone[];
  /** The session that is spoken on. */
  current: Session | undefined;
  /** A session that the peer started while `current` was confirmed; it takes over once confirmed itself. */
  next: Session | undefined;
  answer: Answer | undefined;
  initiation: Initiation | undefined;

  // What follows is not persisted: after a restart everything that waits is due.
  lookup: Lookup | undefined;
  unconfirmed: number;
  /** Handshakes in a row that were given up unanswered. */
  unanswered: number;
  /** Transmissions since the peer last made progress; sets the pace of the next. */
  silence: number;
  retransmitAt: Millis | undefined;
  ackAt: Millis | undefined;
  answeredAt: Millis;
  /** The peer said how it is reached, and has not been told that this is known. */
  owesReached: boolean;
  readonly dirty: Set<PeerPart>;
}

export type PeerPart = "peer" | "current" | "next" | "answer" | "initiation" | "early";

/**
 * Sequence numbers begin at the time in units of 1/1024 ms (below 2^52 until the year 2109): a device that was
 * removed and comes back, or whose record was lost, continues above every number that was used before.
 */
const SEQUENCES_PER_MS = 1_024;

export function newPeer(device: string, account: ContactId, reach: Reach | undefined, now: Millis): Peer {
  return {
    device,
    account,
    reach,
    told: 0,
    bundleVersion: 0,
    newestFirst: 0,
    outgoing: { next: now * SEQUENCES_PER_MS, waiting: new Map() },
    incoming: { floor: 0, above: new Set() },
    provisional: [],
    tombstones: [],
    current: undefined,
    next: undefined,
    answer: undefined,
    initiation: undefined,
    lookup: undefined,
    unconfirmed: 0,
    unanswered: 0,
    silence: 0,
    retransmitAt: undefined,
    ackAt: undefined,
    answeredAt: 0,
    owesReached: false,
    dirty: new Set(["peer"]),
  };
}

const sessionId = bytes(32);

export interface StoredPeer {
  readonly account: string;
  readonly reach: Reach | undefined;
  readonly told: number;
  readonly bundleVersion: number;
  readonly newestFirst: Millis;
  readonly next: number;
  readonly floor: number;
  readonly above: readonly number[];
  readonly provisional: readonly Provisional[];
  readonly tombstones: readonly Tombstone[];
}

export const storedPeerCodec: Codec<StoredPeer> = struct({
  account: text(64),
  reach: optional(reachCodec),
  told: uint(),
  bundleVersion: uint(),
  newestFirst: uint(),
  next: uint(),
  floor: uint(),
  above: array(uint(), SEND_WINDOW_MESSAGES),
  provisional: array(
    struct({ seq: uint(), digest: bytes(16), session: sessionId, base: uint() }),
    PROVISIONAL_MESSAGES_MAX,
  ),
  tombstones: array(struct({ session: sessionId, at: uint() }), TOMBSTONES_MAX),
});

export const sessionCodec: Codec<Session> = struct({
  id: sessionId,
  confirmed: boolean,
  heard: boolean,
  confirm: bytes(32),
  established: uint(),
  reach: optional(reachCodec),
  ratchet: ratchetCodec,
});

export interface StoredAnswer {
  readonly id: Uint8Array;
  readonly envelope: Uint8Array;
}
export const answerCodec: Codec<StoredAnswer> = struct({ id: sessionId, envelope: bytesUpTo(ENVELOPE_BYTES_MAX) });

export interface StoredInitiation {
  readonly handshake: InitiatorState;
  readonly envelope: Uint8Array;
  readonly started: Millis;
  readonly messages: readonly number[];
}
export const initiationCodec: Codec<StoredInitiation> = struct({
  handshake: initiatorCodec,
  envelope: bytesUpTo(ENVELOPE_BYTES_MAX),
  started: uint(),
  messages: array(uint(), SEND_WINDOW_MESSAGES),
});

/** The early chain moves with every message, so it is kept apart from the long first message. */
export const storedEarlyCodec: Codec<EarlyState> = earlyCodec;

export interface OutgoingMessage {
  readonly token: number;
  readonly body: Uint8Array;
}
export const outgoingCodec: Codec<OutgoingMessage> = struct({ token: uint(), body: bytesUpTo(MESSAGE_BYTES_MAX) });

export interface IncomingMessage {
  readonly body: Uint8Array;
  readonly assurance: Assurance;
}
export const incomingCodec: Codec<IncomingMessage> = {
  write: (writer, value) =>
    incomingStruct.write(writer, { body: value.body, confirmed: value.assurance === "confirmed" }),
  read: (reader) => {
    const { body, confirmed } = incomingStruct.read(reader);
    return { body, assurance: confirmed ? "confirmed" : "provisional" };
  },
};
const incomingStruct = struct({ body: bytesUpTo(MESSAGE_BYTES_MAX), confirmed: boolean });
