import { BoundedQueue } from "../../core/safety/index.ts";
import { encodeFrames } from "./frame.ts";

/** What waits for the stream to one peer; beyond either the oldest is dropped. */
export interface LinkLimits {
  readonly framesMax: number;
  readonly bytesMax: number;
}

/** Datagrams are joined into one write up to this size: a write costs a turn of the native side. */
const WRITE_BYTES_MAX = 131_072;
/** A dial, a stream and its protocol negotiation together may take this long. */
export const LINK_OPEN_MS_MAX = 6_000;
/** A peer that takes nothing for this long is cut off. */
export const LINK_STALL_MS_MAX = 10_000;
/** What was written to a stream that is no longer used has this long to leave. */
const LINK_FLUSH_MS_MAX = 1_000;
/** After a failed attempt to reach a peer, nothing is tried for this long and datagrams to it are dropped. */
export const LINK_PAUSE_MS = 500;

/** What a link needs of a libp2p stream. */
export interface OutboundStream {
  readonly writableNeedsDrain: boolean;
  readonly writeBufferLength: number;
  send(data: Uint8Array): boolean;
  abort(failure: Error): void;
  close(options: { signal: AbortSignal }): Promise<void>;
  addEventListener(type: "drain" | "idle" | "close", listener: () => void): void;
}

/** Counts what a link did with datagrams. */
export interface LinkCounters {
  sent: number;
  dropped: number;
}

/**
 * Datagrams to one peer over one long-lived stream, opened when there is something to send. Lossy on purpose:
 * the transport port promises nothing, and the core retransmits what matters, so nothing here waits without bound.
 */
export class Link {
  readonly #open: (signal: AbortSignal) => Promise<OutboundStream>;
  readonly #counters: LinkCounters;
  readonly #waiting: BoundedQueue<Uint8Array>;
  readonly #waitingBytesMax: number;
  #waitingBytes = 0;
  #stream: OutboundStream | undefined;
  #opening: AbortController | undefined;
  #pause: NodeJS.Timeout | undefined;
  #stall: NodeJS.Timeout | undefined;
  #closed = false;

  /** What is sent must fit into `limits` on its own. */
  constructor(open: (signal: AbortSignal) => Promise<OutboundStream>, counters: LinkCounters, limits: LinkLimits) {
    this.#open = open;
    this.#counters = counters;
    this.#waiting = new BoundedQueue(limits.framesMax);
    this.#waitingBytesMax = limits.bytesMax;
  }

  send(bytes: Uint8Array): void {
    if (this.#closed || this.#pause !== undefined) {
      this.#counters.dropped++;
      return;
    }
    while (this.#waiting.size >= this.#waiting.capacity || this.#waitingBytes + bytes.length > this.#waitingBytesMax) {
      this.#take();
      this.#counters.dropped++;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#write();
  }

  /** Leaves the present stream, so that the next datagram goes over a new one: the peer came back elsewhere. */
  reopen(): void {
    const stream = this.#release();
    stream?.close({ signal: AbortSignal.timeout(LINK_FLUSH_MS_MAX) }).catch((failure: Error) => stream.abort(failure));
    this.#write();
  }

  close(): void {
    this.#closed = true;
    this.#discard();
    this.#opening?.abort();
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#release()?.abort(new Error("link closed"));
  }

  #take(): Uint8Array | undefined {
    const bytes = this.#waiting.shift();
    this.#waitingBytes -= bytes?.length ?? 0;
    return bytes;
  }

  #discard(): void {
    while (this.#take() !== undefined) this.#counters.dropped++;
  }

  #release(): OutboundStream | undefined {
    const stream = this.#stream;
    this.#stream = undefined;
    clearTimeout(this.#stall);
    this.#stall = undefined;
    return stream;
  }

  #write(): void {
    if (this.#closed) return;
    if (this.#stream === undefined) {
      if (this.#waiting.size > 0 && this.#opening === undefined && this.#pause === undefined) void this.#attach();
      return;
    }
    if (this.#drain(this.#stream)) return;
    this.#release()?.abort(new Error("stream cannot be written"));
    this.#write();
  }

  /** False when the stream turned out to be closed. */
  #drain(stream: OutboundStream): boolean {
    // Never hands over more than one write at a time: the library's own buffer has no bound.
    while (this.#waiting.size > 0 && !stream.writableNeedsDrain && stream.writeBufferLength === 0) {
      const batch: Uint8Array[] = [];
      let size = 0;
      for (let bytes = this.#take(); bytes !== undefined; bytes = size < WRITE_BYTES_MAX ? this.#take() : undefined) {
        batch.push(bytes);
        size += bytes.length;
      }
      try {
        stream.send(encodeFrames(batch));
      } catch {
        // The stream was closed underneath; these datagrams are lost, as datagrams may be.
        this.#counters.dropped += batch.length;
        return false;
      }
      this.#counters.sent += batch.length;
      clearTimeout(this.#stall);
      this.#stall = undefined;
    }
    if (this.#waiting.size > 0) {
      this.#stall ??= setTimeout(() => {
        this.#discard();
        this.#release()?.abort(new Error("peer takes nothing"));
      }, LINK_STALL_MS_MAX);
    }
    return true;
  }

  async #attach(): Promise<void> {
    const opening = new AbortController();
    this.#opening = opening;
    const limit = setTimeout(() => opening.abort(), LINK_OPEN_MS_MAX);
    try {
      const stream = await this.#open(opening.signal);
      if (this.#closed) {
        stream.abort(new Error("link closed"));
        return;
      }
      this.#stream = stream;
      // Both come in the middle of the stream's own bookkeeping, where a write would be buffered and forgotten.
      stream.addEventListener("drain", () => queueMicrotask(() => this.#resume(stream)));
      stream.addEventListener("idle", () => queueMicrotask(() => this.#resume(stream)));
      stream.addEventListener("close", () => {
        if (this.#stream !== stream) return;
        this.#release();
        this.#write();
      });
    } catch {
      // Unreachable, refused or too slow: for an unreliable transport that is loss.
      this.#discard();
      if (!this.#closed) this.#pause = setTimeout(() => (this.#pause = undefined), LINK_PAUSE_MS);
    } finally {
      clearTimeout(limit);
      this.#opening = undefined;
    }
    this.#write();
  }

  #resume(stream: OutboundStream): void {
    if (this.#stream === stream) this.#write();
  }
}
