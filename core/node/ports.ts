/**
 * What passes between the engine and its driver. The engine is a pure function of its inputs; a driver
 * performs effects strictly in order, and completes an `append` or `replace` before what follows it.
 */
import type { ContactId, EngineEvent } from "./events.ts";

/** Where a transport delivers to: opaque to the core (a node's name in a simulation, a multiaddr on a real wire). */
export type Address = string;

/** Milliseconds since the Unix epoch, integer. */
export type Millis = number;

export type Input =
  | { readonly kind: "receive"; readonly from: Address; readonly bytes: Uint8Array }
  /** The answer to a `get-record` effect; undefined when nothing was found in time. */
  | { readonly kind: "record"; readonly request: number; readonly value: Uint8Array | undefined }
  /** The time asked for by the last `wake` effect has come. Waking early or twice is harmless. */
  | { readonly kind: "wake" }
  | { readonly kind: "command"; readonly command: Command };

/** What the local user decides. A command that cannot be done is answered by a `command.refused` event. */
export type Command =
  /** Trusts a card that came out of band, under a local name. */
  | { readonly kind: "add-contact"; readonly name: string; readonly card: Uint8Array }
  /** Queues a message of at most MESSAGE_BYTES_MAX bytes to every device of the contact. */
  | { readonly kind: "send"; readonly contact: ContactId; readonly body: Uint8Array; readonly token: number }
  /** The application has stored this message durably; the engine forgets it and will not announce it again. */
  | { readonly kind: "confirm"; readonly id: string }
  /** The user compared safety numbers, in person. */
  | { readonly kind: "mark-verified"; readonly contact: ContactId }
  /** Decides a changed account key: adopt the new card's key, or keep the pinned one. */
  | { readonly kind: "resolve-key-change"; readonly contact: ContactId; readonly adopt: boolean }
  | { readonly kind: "remove-contact"; readonly contact: ContactId };

export type Effect =
  /** Append to the log and make it durable, together with the anchor, before any later effect. */
  | { readonly kind: "append"; readonly bytes: Uint8Array; readonly anchor: Uint8Array }
  /** Replace the whole log atomically: after a crash either the old or the new contents are found. */
  | { readonly kind: "replace"; readonly bytes: Uint8Array; readonly anchor: Uint8Array }
  | { readonly kind: "send"; readonly to: Address; readonly bytes: Uint8Array }
  /** Store a sealed record under a 32-byte address until `expires`. */
  | { readonly kind: "put-record"; readonly address: Uint8Array; readonly value: Uint8Array; readonly expires: Millis }
  | { readonly kind: "get-record"; readonly request: number; readonly address: Uint8Array }
  /** Replaces the earlier wake-up time, if any. */
  | { readonly kind: "wake"; readonly at: Millis }
  | { readonly kind: "event"; readonly event: EngineEvent };

/** What recovery starts from. Both empty on a new disk. */
export interface StoredLog {
  readonly log: Uint8Array;
  readonly anchor: Uint8Array | undefined;
}

/**
 * The engine's disk: one append-only byte log and one small anchor cell. `done` is called once the bytes and
 * the anchor are durable, never from within the call. Until then a crash may lose or tear them; `replace` is
 * atomic: after a crash either the old or the new contents are found. A crash may leave one write ahead of its
 * anchor; the write after it must move log and anchor together, so that never two are. A failure is final: the
 * driver stops.
 */
export interface LogStorage {
  read(done: (stored: StoredLog) => void): void;
  append(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void;
  replace(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void;
}

/**
 * Moves datagrams of at most ENVELOPE_BYTES_MAX bytes between addresses, and keeps records.
 * Unreliable, unordered and unauthenticated by contract: the core trusts nothing that comes out of it.
 */
export interface Transport {
  readonly address: Address;
  send(to: Address, bytes: Uint8Array): void;
  /** One handler; set once, before the first delivery. */
  onReceive(handler: (from: Address, bytes: Uint8Array) => void): void;
  putRecord(address: Uint8Array, value: Uint8Array, expires: Millis): void;
  /** Calls back exactly once, later; undefined when nothing was found in time. */
  getRecord(address: Uint8Array, done: (value: Uint8Array | undefined) => void): void;
}

export interface Clock {
  now(): Millis;
  /** Calls back once at or after `time`, never from within the call; the returned function cancels. */
  at(time: Millis, callback: () => void): () => void;
}
