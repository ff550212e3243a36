/**
 * What passes between the engine and its driver. The engine is a pure function of its inputs; a driver
 * performs effects strictly in order, and completes an `append`, `replace` or `store` before what follows it.
 */
import type { IndexReader, IndexWrite } from "../vkd/index.ts";
import type { WitnessAddress } from "./directory/roles.ts";
import type { ContactId, EngineEvent } from "./events.ts";

/** The longest message that is spread by gossip, in bytes. */
export const GOSSIP_BYTES_MAX = 16_384;
/** The longest question that one node asks another, in bytes. */
export const QUESTION_BYTES_MAX = 65_536;
/** The longest answer to one, in bytes. */
export const ANSWER_BYTES_MAX = 65_536;

/** Where a transport delivers to: opaque to the core (a node's name in a simulation, a multiaddr on a real wire). */
export type Address = string;

/** Milliseconds since the Unix epoch, integer. */
export type Millis = number;

export type Input =
  | { readonly kind: "receive"; readonly from: Address; readonly bytes: Uint8Array }
  /** The answer to a `get-record` effect; undefined when nothing was found in time. */
  | { readonly kind: "record"; readonly request: number; readonly value: Uint8Array | undefined }
  /** A message that a neighbour spread; at most GOSSIP_BYTES_MAX bytes. */
  | { readonly kind: "gossip"; readonly from: Address; readonly bytes: Uint8Array }
  /**
   * Somebody asks this node, in at most QUESTION_BYTES_MAX bytes. Answered by a `reply` effect with this `id`, or
   * not at all: then the asker's time runs out.
   */
  | { readonly kind: "question"; readonly from: Address; readonly id: number; readonly bytes: Uint8Array }
  /** The answer to an `ask` effect, at most ANSWER_BYTES_MAX bytes; undefined when none came in time. */
  | { readonly kind: "answer"; readonly request: number; readonly bytes: Uint8Array | undefined }
  /** The `store` effect with this number is durable, and reads of the index store see it. */
  | { readonly kind: "stored"; readonly sequence: number }
  /** The time asked for by the last `wake` effect has come. Waking early or twice is harmless. */
  | { readonly kind: "wake" }
  /** Where this node is reached from now on. The same as before changes nothing, nor does that nothing is known. */
  | { readonly kind: "relocated"; readonly addresses: readonly Address[] }
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
  | { readonly kind: "remove-contact"; readonly contact: ContactId }
  /** Asks every followed log about a label; the outcome comes as an event with this token. */
  | { readonly kind: "look-up"; readonly label: string; readonly token: number }
  /** Looks the label up and, where enough logs agree on it, trusts what it stands for under a local name. */
  | { readonly kind: "add-labelled"; readonly name: string; readonly label: string; readonly token?: number }
  /** Registers a label for this account in every followed log; again, a new version with the present card. */
  | { readonly kind: "register-label"; readonly label: string }
  /** Signs an own label over to another account (32 bytes). */
  | { readonly kind: "release-label"; readonly label: string; readonly to: Uint8Array }
  /** Registers a label that another account signed over: the bytes of its `label.released` event. */
  | { readonly kind: "claim-label"; readonly label: string; readonly transfer: Uint8Array }
  /** The directory's operator: other witnesses from some epoch on, as the old ones signed it. */
  | {
      readonly kind: "adopt-rotation";
      readonly rotation: Uint8Array;
      readonly witnesses: readonly WitnessAddress[];
    };

export type Effect =
  /** Append to the log and make it durable, together with the anchor, before any later effect. */
  | { readonly kind: "append"; readonly bytes: Uint8Array; readonly anchor: Uint8Array }
  /** Replace the whole log atomically: after a crash either the old or the new contents are found. */
  | { readonly kind: "replace"; readonly bytes: Uint8Array; readonly anchor: Uint8Array }
  | { readonly kind: "send"; readonly to: Address; readonly bytes: Uint8Array }
  /**
   * Store a record under its 32-byte address until `expires`: `value` verifies there by itself (`core/record`). A
   * signed record carries its own end, which every keeper holds to; content carries none, and others may keep it for
   * longer.
   */
  | { readonly kind: "put-record"; readonly address: Uint8Array; readonly value: Uint8Array; readonly expires: Millis }
  | { readonly kind: "get-record"; readonly request: number; readonly address: Uint8Array }
  /**
   * Spread at most GOSSIP_BYTES_MAX bytes to the neighbours on the gossip mesh. Nothing is forwarded by itself: a
   * node passes on what it accepted by publishing it again.
   */
  | { readonly kind: "publish"; readonly bytes: Uint8Array }
  /** Ask the node at this address, in at most QUESTION_BYTES_MAX bytes; an `answer` with this `request` follows. */
  | { readonly kind: "ask"; readonly request: number; readonly to: Address; readonly bytes: Uint8Array }
  /** Answer the `question` with this `id`, in at most ANSWER_BYTES_MAX bytes; a second answer is ignored. */
  | { readonly kind: "reply"; readonly id: number; readonly bytes: Uint8Array }
  /** Write to the index store, atomically and durably, before any later effect; `stored` with this number follows. */
  | { readonly kind: "store"; readonly sequence: number; readonly writes: readonly IndexWrite[] }
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
 * Large state that can be rebuilt or is addressed by its content, as the trees of a directory are: reads are
 * synchronous, batches of writes atomic and durable. Keys and values of any bytes, compared bytewise. A write is
 * visible to `get` from the moment `done` is called, and not before; a crash until then leaves all of it or
 * nothing. Writes are performed in the order of the calls. `done` is called once, never from within the call; a
 * failure is final: the driver stops.
 */
export interface IndexStorage extends IndexReader {
  write(writes: readonly IndexWrite[], done: (failure?: Error) => void): void;
}

/**
 * Moves datagrams of at most ENVELOPE_BYTES_MAX bytes between addresses, keeps records, spreads gossip, and carries
 * questions and their answers. Unreliable, unordered and unauthenticated by contract: the core trusts nothing that
 * comes out of it.
 */
export interface Transport {
  /**
   * Where this node is reached now, best first; at most CARD_ADDRESSES_MAX, each of at most CARD_ADDRESS_BYTES_MAX
   * bytes. Empty while it is not known.
   */
  readonly addresses: readonly Address[];
  /** One handler, set once: called, later, each time that `addresses` has changed. */
  onRelocated(handler: () => void): void;
  send(to: Address, bytes: Uint8Array): void;
  /** One handler; set once, before the first delivery. */
  onReceive(handler: (from: Address, bytes: Uint8Array) => void): void;
  /** What does not verify (`core/record`) is not kept, nor is what the record that is kept supersedes. */
  putRecord(address: Uint8Array, value: Uint8Array, expires: Millis): void;
  /** Calls back exactly once, later; undefined when nothing was found in time. */
  getRecord(address: Uint8Array, done: (value: Uint8Array | undefined) => void): void;
  /** To the neighbours on the gossip mesh, never to this node itself; longer than GOSSIP_BYTES_MAX is dropped. */
  publish(bytes: Uint8Array): void;
  /** One handler; set once, before the first delivery. */
  onGossip(handler: (from: Address, bytes: Uint8Array) => void): void;
  /** Calls back exactly once, later; undefined when no answer came in time, or the question is too long. */
  ask(to: Address, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void;
  /**
   * One handler; set once, before the first delivery. `reply` may be called later, or never; what is longer than
   * ANSWER_BYTES_MAX is no answer, and only the first call counts.
   */
  onQuestion(handler: (from: Address, bytes: Uint8Array, reply: (answer: Uint8Array) => void) => void): void;
}

export interface Clock {
  now(): Millis;
  /** Calls back once at or after `time`, never from within the call; the returned function cancels. */
  at(time: Millis, callback: () => void): () => void;
}
