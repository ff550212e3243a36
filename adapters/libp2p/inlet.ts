import type { Connection, Stream } from "@libp2p/interface";
import type { Conduct } from "./conduct/index.ts";
import { end } from "./exchange.ts";
import { FrameReader } from "./frame.ts";

/** Streams that one peer has open for one protocol: one, and an old one that is being flushed. */
export const INLET_STREAMS_MAX = 2;
/** A frame that was begun is complete within this time: 64 KiB at 20 kbit/s. */
export const FRAME_MS_MAX = 30_000;
/** Streams that are made to wait; each holds what the library reads ahead, 4 MiB at most. A further one is cut off. */
export const PAUSED_STREAMS_MAX = 32;

/**
 * Frames that wait on one stream: more than the library reads ahead of the core's smallest datagrams (512 bytes). Who
 * sends smaller ones means to fill memory with their number.
 */
export const FRAMES_WAITING_MAX = 8_192;

/** What is asked before a frame is taken. */
export type InletConduct = Pick<Conduct, "admit" | "delayMs" | "note">;

export interface InletCounters {
  received: number;
  dropped: number;
  /** Streams that were cut off for what was on them. */
  malformed: number;
}

/**
 * Takes the frames that peers send one way, on streams of one protocol. Holds one unfinished frame a stream, and what
 * came in one piece with a frame that has to wait: whoever sends faster than it may is not read for a while, so that
 * flow control slows it. That is no offence: the next peer may be on this machine.
 */
export class Inlet {
  readonly #frameBytesMax: number;
  readonly #conduct: InletConduct;
  readonly #counters: InletCounters;
  readonly #onFrame: (from: string, frame: Uint8Array) => void;
  /** Peer → its open streams, oldest first. */
  readonly #open = new Map<string, readonly Stream[]>();
  #paused = 0;

  /** `onFrame`: by which address it came. */
  constructor(
    frameBytesMax: number,
    conduct: InletConduct,
    counters: InletCounters,
    onFrame: (from: string, frame: Uint8Array) => void,
  ) {
    this.#frameBytesMax = frameBytesMax;
    this.#conduct = conduct;
    this.#counters = counters;
    this.#onFrame = onFrame;
  }

  take(stream: Stream, connection: Pick<Connection, "remoteAddr" | "remotePeer">): void {
    const peer = connection.remotePeer.toString();
    if (!this.#conduct.admit(peer, "stream", 0)) {
      stream.abort(new Error("too many streams"));
      return;
    }
    const open = [...(this.#open.get(peer) ?? []), stream];
    this.#open.set(peer, open);
    if (open.length > INLET_STREAMS_MAX) open[0]?.abort(new Error("replaced by a newer stream"));
    this.#read(stream, peer, connection.remoteAddr.toString());
    // This end of the stream only reads.
    end(stream);
  }

  #read(stream: Stream, peer: string, from: string): void {
    const reader = new FrameReader(this.#frameBytesMax);
    let frames: Uint8Array[] = [];
    let late: NodeJS.Timeout | undefined;
    let pause: NodeJS.Timeout | undefined;
    const cut = (offence: "malformed" | "oversized" | "timeout"): void => {
      this.#counters.malformed++;
      this.#conduct.note(peer, offence);
      stream.abort(new Error(offence));
    };
    const deliver = (): void => {
      pause = undefined;
      const waits = this.#deliver(frames, peer, from);
      if (waits === 0) return;
      pause = setTimeout(() => {
        this.#paused--;
        deliver();
        if (pause === undefined && stream.readStatus === "paused") stream.resume();
      }, waits);
      this.#paused++;
      clearTimeout(late);
      late = undefined;
      if (this.#paused > PAUSED_STREAMS_MAX) stream.abort(new Error("too many streams wait"));
      else if (stream.readStatus === "readable") stream.pause();
    };
    stream.addEventListener("message", ({ data }) => {
      let crowded = false;
      const sensible = reader.read(data.subarray(), (frame) => {
        clearTimeout(late);
        late = undefined;
        if (frames.length >= FRAMES_WAITING_MAX) crowded = true;
        else frames.push(frame);
      });
      if (!sensible || crowded) cut(crowded ? "malformed" : "oversized");
      else if (reader.unfinished) late ??= setTimeout(() => cut("timeout"), FRAME_MS_MAX);
      if (pause === undefined) deliver();
    });
    stream.addEventListener("close", () => {
      clearTimeout(late);
      if (pause !== undefined) this.#paused--;
      clearTimeout(pause);
      this.#counters.dropped += frames.length;
      frames = [];
      const open = (this.#open.get(peer) ?? []).filter((other) => other !== stream);
      if (open.length > 0) this.#open.set(peer, open);
      else this.#open.delete(peer);
    });
  }

  /** Hands out `frames`, oldest first, until one has to wait; says for how many milliseconds. */
  #deliver(frames: Uint8Array[], peer: string, from: string): number {
    let taken = 0;
    let waits = 0;
    for (const frame of frames) {
      waits = this.#conduct.delayMs(peer, "envelope", frame.length);
      if (waits > 0) break;
      taken++;
      if (!this.#conduct.admit(peer, "envelope", frame.length)) this.#counters.dropped++;
      else {
        this.#counters.received++;
        this.#onFrame(from, frame);
      }
    }
    frames.splice(0, taken);
    return waits;
  }
}
