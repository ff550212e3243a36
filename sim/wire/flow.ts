import { assert } from "../../core/safety/index.ts";
import type { Stream } from "../kernel/index.ts";
import { lossDelayMs, LOSSES_MAX, type Medium, type Place, retryAt, type Waiting } from "./medium.ts";
import type { Growing } from "./slab.ts";

/** Bytes on their way or not yet read by the other end; a sender that has so many waits. */
export const WINDOW_BYTES = 1_048_576;
/** A sender that waits goes on when no more than these are left. */
const WINDOW_LOW_BYTES = WINDOW_BYTES / 2;
/** The longest piece that arrives at once. */
export const SEGMENT_BYTES_MAX = 65_536;
/** A sender gives up on a peer that has acknowledged nothing for this long (RFC 9293 section 3.8.3). */
export const WIRE_SILENCE_MS_MAX = 60_000;
const NOTHING = new Uint8Array(0);

/** Both ends of a wire lost the path between them. */
export interface Path {
  severed: boolean;
}

/** One end of a wire, as its two flows see it. */
export interface FlowEnd {
  readonly place: Place;
  readonly alive: boolean;
  readonly paused: boolean;
  /** The first segment has arrived; false when nobody is there to take the wire. */
  accept(): boolean;
  take(bytes: Uint8Array): void;
  takeEnd(): void;
  drained(): void;
  fail(reason: "reset" | "timeout"): void;
}

/** Bytes that travel together. They stay in the flow, without the bytes, until their acknowledgement is back. */
interface Segment extends Growing {
  /** The kernel's event and time that it was last added to in. */
  event: number;
  at: number;
  /** When its last byte leaves the sender in the transmission that gets through. */
  leaves: number;
  arrives: number;
  /** From then on. */
  readonly delayMs: number;
  /** What lost transmissions took. */
  readonly lossMs: number;
  /** When its sender knows that it was read. */
  acked: number;
  readonly opens: boolean;
  readonly resets: boolean;
  /** Was lost too often. */
  readonly broken: boolean;
  ends: boolean;
  next: Segment | undefined;
}

/** One direction of a wire: what its sender gives arrives whole, in order and once, or the wire ends. */
export class Flow implements Waiting {
  readonly #medium: Medium;
  readonly #stream: Stream;
  readonly #path: Path;
  readonly #from: FlowEnd;
  readonly #to: FlowEnd;
  /** How often the sender's power had failed when the wire opened. */
  readonly #crashes: number;
  /** The oldest segment that is not acknowledged, the first that has not arrived, and the last. */
  #oldest: Segment | undefined;
  #next: Segment | undefined;
  #tail: Segment | undefined;
  #arrives = 0;
  /** Bytes that were sent and, as far as the sender knows, not read. */
  #unread = 0;
  #blocked = false;
  #draining = false;
  #cancelTick: (() => void) | undefined;
  #parked = false;
  /** The next segment does not get through. */
  #stalled = false;
  /** Acknowledgements do not get through. */
  #unheard = false;
  /** When the first was sent of what is not acknowledged because of that. */
  #silentSince: number | undefined;
  #watched = false;

  constructor(medium: Medium, stream: Stream, path: Path, from: FlowEnd, to: FlowEnd) {
    this.#medium = medium;
    this.#stream = stream;
    this.#path = path;
    this.#from = from;
    this.#to = to;
    this.#crashes = from.place.crashes;
  }

  /** The first segment of a wire, which carries what its sender says in the same moment. */
  open(): void {
    this.#segment({ opens: true });
  }

  send(bytes: Uint8Array): boolean {
    assert(!this.#blocked, "sent into a full window");
    this.#medium.onSent?.(this.#from.place.name, this.#to.place.name, bytes);
    this.#settle();
    for (let sent = 0; sent < bytes.length;) {
      const segment = this.#segment();
      const taken = Math.min(bytes.length - sent, SEGMENT_BYTES_MAX - segment.length);
      const piece = taken === bytes.length ? bytes : bytes.subarray(sent, sent + taken);
      this.#medium.slab.append(segment, piece, SEGMENT_BYTES_MAX);
      sent += taken;
      if (this.#medium.conditions.bandwidth > 0) this.#queue(segment, taken);
    }
    this.#unread += bytes.length;
    this.#medium.counts.bytes += bytes.length;
    this.#blocked = this.#unread >= WINDOW_BYTES;
    return !this.#blocked;
  }

  end(): void {
    this.#segment().ends = true;
  }

  /** Drops what has not left yet, and has the other end learn that this one is gone. */
  reset(): void {
    let kept: Segment | undefined;
    let dropped = this.#next;
    const { now } = this.#medium.kernel;
    if (!this.#stalled) for (; dropped !== undefined && dropped.leaves <= now; dropped = dropped.next) kept = dropped;
    if (dropped !== undefined && dropped.leaves > now) this.#unqueue(dropped);
    if (kept === undefined) {
      this.stop();
    } else {
      kept.next = undefined;
      this.#tail = kept;
      this.#arrives = kept.arrives;
    }
    this.#segment({ resets: true });
  }

  /** Nothing of it arrives any more. */
  stop(): void {
    this.#oldest = this.#next = this.#tail = undefined;
    this.#arrives = 0;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#stalled = this.#unheard = this.#blocked = false;
    this.#silentSince = undefined;
    this.#medium.forget(this);
  }

  /** The other end reads again. */
  resume(): void {
    if (!this.#parked) return;
    this.#parked = false;
    this.#schedule();
  }

  /** The segment that what is sent now goes into: what is sent at one moment, or arrives at one, travels together. */
  #segment({ opens = false, resets = false } = {}): Segment {
    const { conditions, counts, kernel } = this.#medium;
    const { events: event, now } = kernel;
    const tail = this.#next === undefined ? undefined : this.#tail;
    const room = tail !== undefined && !tail.broken && !resets && tail.length < SEGMENT_BYTES_MAX;
    if (room && tail.event === event && tail.at === now) return tail;
    const losses = resets ? 0 : this.#losses();
    const delayMs = this.#medium.delayMs(this.#stream);
    const { bandwidth } = conditions;
    const starts = bandwidth > 0 ? Math.max(now, this.#link().freeAt) : now;
    const lossMs = lossDelayMs(losses);
    const leaves = starts + lossMs;
    const broken = losses > LOSSES_MAX;
    const arrives = Math.max(this.#arrives, Math.ceil(leaves + delayMs));
    if (room && arrives === tail.arrives && !broken) {
      tail.event = event;
      tail.at = now;
      return tail;
    }
    counts.segments++;
    const segment: Segment = {
      memory: NOTHING,
      start: 0,
      length: 0,
      room: 0,
      event,
      at: now,
      leaves,
      arrives,
      delayMs,
      lossMs,
      acked: Infinity,
      opens,
      resets,
      broken,
      ends: false,
      next: undefined,
    };
    this.#arrives = arrives;
    if (this.#tail !== undefined) this.#tail.next = segment;
    this.#tail = segment;
    this.#oldest ??= segment;
    if (this.#next === undefined) {
      this.#next = segment;
      this.#schedule();
    }
    return segment;
  }

  #losses(): number {
    const { conditions, counts } = this.#medium;
    if (conditions.lossRate === 0) return 0;
    let losses = 0;
    while (losses <= LOSSES_MAX && this.#stream.chance(conditions.lossRate)) losses++;
    counts.lost += losses;
    return losses;
  }

  #link(): { freeAt: number } {
    return this.#medium.link(this.#from.place, this.#to.place);
  }

  /** More bytes of a segment wait for their turn on the link. */
  #queue(segment: Segment, bytes: number): void {
    const { conditions, kernel } = this.#medium;
    const link = this.#link();
    link.freeAt = Math.max(link.freeAt, kernel.now) + (bytes * 1_000) / conditions.bandwidth;
    segment.leaves = link.freeAt + segment.lossMs;
    segment.arrives = Math.max(segment.arrives, Math.ceil(segment.leaves + segment.delayMs));
    this.#arrives = segment.arrives;
  }

  /** The link is free of a segment and of those after it, which have not left. */
  #unqueue(first: Segment): void {
    const { conditions, kernel } = this.#medium;
    if (conditions.bandwidth === 0) return;
    let bytes = 0;
    for (let segment: Segment | undefined = first; segment !== undefined; segment = segment.next)
      bytes += segment.length;
    const link = this.#link();
    link.freeAt = Math.max(kernel.now, link.freeAt - (bytes * 1_000) / conditions.bandwidth);
  }

  #schedule(): void {
    if (this.#cancelTick !== undefined || this.#parked || this.#stalled || this.#next === undefined) return;
    this.#cancelTick = this.#medium.kernel.at(this.#next.arrives, this.#tick);
  }

  readonly #tick = (): void => {
    this.#cancelTick = undefined;
    const segment = this.#next;
    if (segment === undefined) return;
    const { kernel } = this.#medium;
    // It grew while it waited for its turn.
    if (segment.arrives > kernel.now) return this.#schedule();
    this.#arrive(segment, kernel.now);
  };

  #arrive(segment: Segment, now: number): void {
    const [from, to] = [this.#from.place, this.#to.place];
    if (from.crashes > this.#crashes && segment.leaves > from.crashedAt) return this.stop();
    if (segment.broken) return this.#break();
    if (this.#path.severed || !this.#medium.reaches(from, to)) return this.#stall(segment);
    if (!this.#to.alive || (segment.opens && !this.#to.accept())) return this.#answerReset(segment);
    if (this.#to.paused) {
      this.#parked = true;
      return;
    }
    this.#next = segment.next;
    if (segment.resets) {
      this.stop();
      this.#medium.counts.reset++;
      return this.#to.fail("reset");
    }
    this.#acknowledge(segment, now);
    this.#schedule();
    const { length, memory, start } = segment;
    segment.memory = NOTHING;
    if (length > 0) this.#to.take(memory.subarray(start, start + length));
    if (segment.ends) this.#to.takeEnd();
  }

  #acknowledge(segment: Segment, now: number): void {
    if (this.#medium.cuts.between(this.#to.place.name, this.#from.place.name)) {
      this.#unheard = true;
      return this.#watch(segment.leaves);
    }
    segment.acked = now + this.#medium.conditions.latencyMs;
    if (this.#blocked) this.#awaitRoom(segment.acked);
  }

  /** Takes off what is acknowledged by now. */
  #settle(): void {
    const { now } = this.#medium.kernel;
    while (this.#oldest !== undefined && this.#oldest !== this.#next && this.#oldest.acked <= now) {
      this.#unread -= this.#oldest.length;
      this.#oldest = this.#oldest.next;
    }
  }

  #awaitRoom(at: number): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#medium.kernel.at(at, this.#drain);
  }

  readonly #drain = (): void => {
    this.#draining = false;
    this.#settle();
    if (!this.#blocked) return;
    if (this.#unread <= WINDOW_LOW_BYTES) {
      this.#blocked = false;
      return this.#from.drained();
    }
    const oldest = this.#oldest;
    if (oldest !== undefined && oldest !== this.#next && oldest.acked < Infinity) this.#awaitRoom(oldest.acked);
  };

  #stall(segment: Segment): void {
    // What tells of an end is not sent again.
    if (segment.resets) return this.stop();
    this.#stalled = true;
    this.#watch(segment.leaves);
  }

  /** From now on nothing is heard of the other end, until the path is whole again or the sender's patience ends. */
  #watch(since: number): void {
    this.#silentSince ??= since;
    if (!this.#path.severed) this.#medium.wait(this);
    if (this.#watched) return;
    this.#watched = true;
    this.#medium.kernel.at(this.#silentSince + WIRE_SILENCE_MS_MAX, this.#giveUp);
  }

  readonly #giveUp = (): void => {
    this.#watched = false;
    if (this.#silentSince === undefined) return;
    if (this.#medium.kernel.now < this.#silentSince + WIRE_SILENCE_MS_MAX) return this.#watch(this.#silentSince);
    this.stop();
    if (!this.#from.alive) return;
    this.#medium.counts.silent++;
    this.#from.fail("timeout");
  };

  retry(): void {
    const { conditions, cuts, kernel } = this.#medium;
    const [from, to] = [this.#from.place, this.#to.place];
    if (this.#path.severed || this.#silentSince === undefined) return;
    const goes = this.#medium.reaches(from, to);
    // An acknowledgement follows a retransmission, so it needs both ways.
    if (!goes || cuts.between(to.name, from.name)) this.#medium.wait(this);
    if (!goes) return;
    const again = retryAt(this.#silentSince, kernel.now);
    if (this.#stalled && this.#next !== undefined) {
      this.#stalled = false;
      this.#next.leaves = again;
      this.#next.arrives = Math.ceil(again + this.#medium.delayMs(this.#stream));
      this.#arrives = Math.max(this.#arrives, this.#next.arrives);
      this.#schedule();
    }
    if (this.#unheard && !cuts.between(to.name, from.name)) {
      this.#unheard = false;
      const acked = again + 2 * conditions.latencyMs;
      for (let segment = this.#oldest; segment !== undefined && segment !== this.#next; segment = segment.next)
        if (segment.acked === Infinity) segment.acked = acked;
      if (this.#blocked) this.#awaitRoom(acked);
    }
    if (!this.#stalled && !this.#unheard) this.#silentSince = undefined;
  }

  /** The other end is gone, and its host says so. */
  #answerReset(segment: Segment): void {
    const { cuts, kernel } = this.#medium;
    if (segment.resets || !this.#from.alive) return this.stop();
    if (cuts.between(this.#to.place.name, this.#from.place.name)) return this.#stall(segment);
    this.stop();
    kernel.after(this.#medium.delayMs(this.#stream), () => {
      if (!this.#from.alive) return;
      this.#medium.counts.reset++;
      this.#from.fail("reset");
    });
  }

  #break(): void {
    this.stop();
    this.#medium.counts.broken++;
    this.#from.fail("reset");
    this.#to.fail("reset");
  }
}
