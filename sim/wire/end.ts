import type { Stream } from "../kernel/index.ts";
import { Flow, type FlowEnd, type Path, WIRE_SILENCE_MS_MAX } from "./flow.ts";
import type { Medium, Place } from "./medium.ts";
import type { Endpoint, Wire, WireEnding } from "./wire.ts";

/** The host of an end, as far as an end is concerned. */
export interface EndPlace extends Place {
  readonly ends: Set<End>;
}

interface Setting {
  readonly medium: Medium;
  readonly path: Path;
  readonly place: EndPlace;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly direction: "inbound" | "outbound";
  /** Takes the wire at the host that was dialled; false when nobody does. */
  readonly taker: (end: End) => boolean;
}

const nothing = (): void => {};

export class End implements Wire, FlowEnd {
  readonly #medium: Medium;
  readonly path: Path;
  readonly place: EndPlace;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly direction: "inbound" | "outbound";
  readonly #taker: (end: End) => boolean;
  #taken = false;
  #out!: Flow;
  #in!: Flow;
  #alive = true;
  #paused = false;
  #closed = false;
  #ended = false;
  onData: (bytes: Uint8Array) => void = nothing;
  onDrain: () => void = nothing;
  onEnd: () => void = nothing;
  onClose: (ending: WireEnding) => void = nothing;

  private constructor({ direction, local, medium, path, place, remote, taker }: Setting) {
    this.#medium = medium;
    this.path = path;
    this.place = place;
    this.local = local;
    this.remote = remote;
    this.direction = direction;
    this.#taker = taker;
    place.ends.add(this);
  }

  /** Two ends with a flow each way. The one that dialled has the other taken by what it sends first. */
  static pair(
    medium: Medium,
    stream: Stream,
    dialler: Omit<Setting, "medium" | "path" | "direction" | "taker">,
    taker: Omit<Setting, "medium" | "path" | "direction">,
  ): End {
    const path: Path = { severed: false };
    const outbound = new End({ ...dialler, medium, path, direction: "outbound", taker: () => true });
    const inbound = new End({ ...taker, medium, path, direction: "inbound" });
    const [there, back] = [
      new Flow(medium, stream, path, outbound, inbound),
      new Flow(medium, stream, path, inbound, outbound),
    ];
    [outbound.#out, outbound.#in, inbound.#out, inbound.#in] = [there, back, back, there];
    there.open();
    return outbound;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#paused;
  }

  send(bytes: Uint8Array): boolean {
    return this.#alive && !this.#closed && this.#out.send(bytes);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#in.resume();
  }

  close(): void {
    if (!this.#alive || this.#closed) return;
    this.#closed = true;
    this.#out.end();
    if (this.#ended) return this.finish("closed");
    // RFC 9293 has a closed end wait for the other; systems do not do so for ever.
    this.#medium.kernel.after(WIRE_SILENCE_MS_MAX, () => this.finish("timeout"));
  }

  abort(): void {
    if (!this.#alive) return;
    this.#out.reset();
    this.finish("aborted");
  }

  /** This end is no more, and says nothing of it. */
  finish(ending: WireEnding): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#paused = false;
    this.place.ends.delete(this);
    this.#in.resume();
    this.onClose(ending);
  }

  accept(): boolean {
    if (this.#taken) return true;
    this.#taken = this.#taker(this);
    if (!this.#taken) this.finish("reset");
    return this.#taken;
  }

  take(bytes: Uint8Array): void {
    if (this.#alive) this.onData(bytes);
  }

  takeEnd(): void {
    if (!this.#alive) return;
    this.#ended = true;
    this.onEnd();
    if (this.#closed) this.finish("closed");
  }

  drained(): void {
    if (this.#alive && !this.#closed) this.onDrain();
  }

  fail(reason: "reset" | "timeout"): void {
    this.#out.stop();
    this.finish(reason);
  }
}
