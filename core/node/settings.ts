import { DEFAULT_RATCHET_POLICY, type RatchetPolicy } from "../ratchet/index.ts";

/** The longest message a person can send, in bytes: it fits the largest envelope with every header. */
export const MESSAGE_BYTES_MAX = 60_000;
/** Contacts an engine keeps. */
export const CONTACTS_MAX = 4_096;
/** Devices of one contact. */
export const DEVICES_PER_CONTACT_MAX = 8;
/** Messages to one device that wait for delivery. */
export const OUTBOX_MESSAGES_MAX = 4_096;
/** Messages from one device that the application has not confirmed; beyond it the sender has to wait. */
export const INBOX_MESSAGES_MAX = 4_096;
/**
 * Bytes in the store beyond which no message is queued or taken in: a rewrite of the log is one record of at most
 * 64 MiB, and the rest of it is for sessions and handshakes.
 */
export const STORED_BYTES_MAX: number = 32 * 2 ** 20;
/** Messages to one device that travel at once; also the width of the selective acknowledgement. */
export const SEND_WINDOW_MESSAGES = 32;
/** Messages that arrived before the handshake confirmed their author, remembered so as not to announce them twice. */
export const PROVISIONAL_MESSAGES_MAX = 64;
/** Handshakes on last-resort prekeys remembered against replay; beyond it they are refused until the prekey rotates. */
export const REPLAY_KEYS_MAX = 1_024;
/** Of these, handshakes of one contact: beyond it this contact is refused, and nobody else. */
export const REPLAY_KEYS_PER_CONTACT_MAX = 32;
/** Accounts without a card here that were announced to the user, remembered so as to announce each once. */
export const UNKNOWN_ACCOUNTS_MAX = 64;
/**
 * Unanswered transmissions after which a full chain of the ratchet ends the session. Before that it is waited out:
 * a busy direction fills its chain until the next acknowledgement moves the ratchet.
 */
export const SILENT_TRANSMISSIONS_MAX = 4;
/**
 * Unanswered transmissions after which a peer's record is looked up again, since it may have moved; from twice as many
 * on, after each.
 */
export const SILENCE_BEFORE_SEEKING = 2;
/** After so many, four minutes later, it is away rather than elsewhere. */
export const SILENCE_SOUGHT_CLOSELY = 8;
/** How many go by from then on until it is looked up the next time. */
export const SILENCE_BETWEEN_SEEKING = 12;
/** A move is published once the addresses have been the same for so long, in milliseconds: they come in flurries. */
export const MOVE_SETTLE_MS = 2_000;
/** Ended sessions remembered for each device. */
export const TOMBSTONES_MAX = 4;
/** Record lookups under way at once. */
export const LOOKUPS_MAX = 256;
/**
 * How far sequence numbers jump after damage to the log, so that no number is used twice: more than any
 * number of messages that could have been sent since the last record that survived.
 */
export const SEQUENCE_JUMP: number = 2 ** 32;

/** What an operator may choose. Times in milliseconds. */
export interface Settings {
  /** How long an acknowledgement waits for a message to ride on. */
  readonly ackDelayMs: number;
  /** First retransmission; doubles up to `retransmitMaxMs`. */
  readonly retransmitMs: number;
  readonly retransmitMaxMs: number;
  /** An unanswered first message (M1) is made anew, with other prekeys, after this long. */
  readonly handshakeLifeMs: number;
  /** First pause after a failed lookup; doubles up to `retransmitMaxMs`. */
  readonly lookupRetryMs: number;
  /** One-time prekeys that are kept published. */
  readonly oneTimePrekeys: number;
  /** At most one republication of the own prekey bundle in this time. */
  readonly republishMs: number;
  /** How long storage peers are asked to keep a record; republished at half of it. */
  readonly recordLifeMs: number;
  /**
   * The log is rewritten after this many records, or this long after a record, whichever comes first.
   * Until then the disk still holds superseded ratchet states: it bounds what a stolen disk reveals of the past.
   */
  readonly compactRecords: number;
  readonly compactMs: number;
  /** Handshakes in ten seconds above which a cookie is demanded before any private-key operation. */
  readonly handshakesBeforeCookie: number;
  /**
   * Age from which a directory's head vouches for nobody any more: no handshake rests on an older one, and a log
   * that shows no newer one is reported as frozen.
   */
  readonly headAgeMsMax: number;
  /** How often the newest head of a followed log is repeated to the neighbours. */
  readonly headGossipMs: number;
  /** Pause before an unanswered question is asked again. */
  readonly askRetryMs: number;
  /** Leading zero bits of a registration's proof of work while few wait; more are demanded as the queue fills. */
  readonly registrationDifficulty: number;
  readonly ratchet: RatchetPolicy;
}

export const DEFAULT_SETTINGS: Settings = {
  ackDelayMs: 500,
  retransmitMs: 2_000,
  retransmitMaxMs: 60_000,
  handshakeLifeMs: 120_000,
  lookupRetryMs: 2_000,
  oneTimePrekeys: 48,
  republishMs: 60_000,
  recordLifeMs: 7 * 86_400_000,
  compactRecords: 128,
  compactMs: 60_000,
  handshakesBeforeCookie: 32,
  headAgeMsMax: 86_400_000,
  headGossipMs: 60_000,
  askRetryMs: 5_000,
  registrationDifficulty: 12,
  ratchet: DEFAULT_RATCHET_POLICY,
};
