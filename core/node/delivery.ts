import { assert } from "../safety/index.ts";
import { INBOX_MESSAGES_MAX, SEND_WINDOW_MESSAGES, STORED_BYTES_MAX } from "./settings.ts";
import type { Packet } from "./packet.ts";

/**
 * Reliable delivery from one device to another over sessions that lose, repeat and reorder, and that come
 * and go: sequence numbers that outlive sessions, a send window, cumulative and selective acknowledgement.
 * Pure bookkeeping; what it decides is sent by the conversation.
 */
export interface Outgoing {
  /** The next sequence number. Never reused, across crashes too. */
  next: number;
  /** Sequence numbers that wait for an acknowledgement, ascending, with the length of their bodies. */
  readonly waiting: Map<number, { readonly token: number; readonly bytes: number; sentAt: number | undefined }>;
}

export interface Incoming {
  /** Every sequence number below it has arrived. */
  floor: number;
  /** What arrived above the floor; at most SEND_WINDOW_MESSAGES entries. */
  readonly above: Set<number>;
}

/** The lowest sequence number that the sender still holds. */
export function baseOf(outgoing: Outgoing): number {
  for (const seq of outgoing.waiting.keys()) return seq;
  return outgoing.next;
}

/** Removes what `ack` covers and returns it. Numbers never sent are ignored: a peer cannot acknowledge the future. */
export function applyAck(outgoing: Outgoing, ack: NonNullable<Packet["ack"]>): { seq: number; token: number }[] {
  const done: { seq: number; token: number }[] = [];
  for (const [seq, message] of outgoing.waiting) {
    const offset = seq - ack.floor;
    // Only a message that was sent can be acknowledged.
    if (offset >= SEND_WINDOW_MESSAGES) break;
    const arrived = offset < 0 || (ack.beyond >>> offset) & 1;
    if (arrived && message.sentAt !== undefined) done.push({ seq, token: message.token });
  }
  let newest = 0;
  for (const { seq } of done) {
    newest = Math.max(newest, outgoing.waiting.get(seq)?.sentAt ?? 0);
    outgoing.waiting.delete(seq);
  }
  // What was sent before something that has arrived is taken for lost and is due at once (RFC 9002 section 6.1).
  for (const message of outgoing.waiting.values()) {
    if (message.sentAt !== undefined && message.sentAt < newest) message.sentAt = undefined;
  }
  return done;
}

export type Arrival = "new" | "duplicate" | "out-of-window";

/** How an arriving sequence number stands to what is known. Changes nothing. */
export function classify(incoming: Incoming, seq: number): Arrival {
  if (seq < incoming.floor || incoming.above.has(seq)) return "duplicate";
  return seq < incoming.floor + SEND_WINDOW_MESSAGES ? "new" : "out-of-window";
}

/** Records an arrival that {@link classify} called new. */
export function accept(incoming: Incoming, seq: number): void {
  assert(classify(incoming, seq) === "new", "sequence number accepted twice or outside the window");
  incoming.above.add(seq);
  advance(incoming);
}

/** The sender holds nothing below `base` any more, so nothing below it will come. */
export function raiseFloor(incoming: Incoming, base: number): boolean {
  if (base <= incoming.floor) return false;
  incoming.floor = base;
  for (const seq of incoming.above) if (seq < base) incoming.above.delete(seq);
  advance(incoming);
  return true;
}

function advance(incoming: Incoming): void {
  while (incoming.above.delete(incoming.floor)) incoming.floor++;
}

/** The acknowledgement of everything that arrived, `extra` numbers included. */
export function ackOf(incoming: Incoming, extra: Iterable<number> = []): NonNullable<Packet["ack"]> {
  const above = new Set(incoming.above);
  for (const seq of extra) if (seq >= incoming.floor) above.add(seq);
  let floor = incoming.floor;
  while (above.delete(floor)) floor++;
  let beyond = 0;
  for (const seq of above) if (seq - floor < SEND_WINDOW_MESSAGES) beyond = (beyond | (1 << (seq - floor))) >>> 0;
  return { floor, beyond };
}

/** Whether so much waits for the application that the sender has to wait too. */
export function inboxFull(unconfirmed: number, storedBytes: number): boolean {
  return unconfirmed >= INBOX_MESSAGES_MAX || storedBytes >= STORED_BYTES_MAX;
}
