import type { AbortOptions, Logger } from "@libp2p/interface";
import { AbstractMultiaddrConnection } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Wire, WireEnding } from "../../sim/wire/index.ts";

/** What {@link AbstractMultiaddrConnection.sendData} is given, as far as it is used here. */
interface Chunks extends Iterable<Uint8Array> {
  readonly byteLength: number;
}

interface Sent {
  readonly sentBytes: number;
  readonly canSendMore: boolean;
}

const REASONS: Readonly<Record<Exclude<WireEnding, "closed">, string>> = {
  aborted: "the connection was aborted",
  reset: "the peer reset the connection",
  timeout: "the peer was silent for too long",
  crashed: "this host's power failed",
};

const nothing = (): void => {};

/** A wire as libp2p's upgrader takes it, which does to it what @libp2p/tcp does to a socket. */
export class WireConnection extends AbstractMultiaddrConnection {
  readonly #wire: Wire;

  constructor(wire: Wire, remoteAddr: Multiaddr, log: Logger) {
    super({ remoteAddr, direction: wire.direction, log });
    this.#wire = wire;
    wire.onData = (bytes) => this.onData(bytes);
    wire.onDrain = () => this.safeDispatchEvent("drain");
    // Nothing is written to a peer that reads no more.
    wire.onEnd = () => wire.close();
    wire.onClose = (ending) => {
      if (ending === "closed") this.onTransportClosed();
      else this.abort(new Error(REASONS[ending]));
    };
  }

  /** Closes at once: what was sent still arrives, what comes is not read. */
  end(): void {
    this.#leave();
    this.onTransportClosed();
  }

  override sendData(data: Chunks): Sent {
    let sentBytes = 0;
    for (const chunk of data) {
      sentBytes += chunk.byteLength;
      if (!this.#wire.send(chunk)) return { sentBytes, canSendMore: false };
    }
    return { sentBytes, canSendMore: true };
  }

  override sendClose(options?: AbortOptions): Promise<void> {
    this.#leave();
    options?.signal?.throwIfAborted();
    return Promise.resolve();
  }

  override sendReset(): void {
    this.#wire.onClose = nothing;
    this.#wire.abort();
  }

  override sendPause(): void {
    this.#wire.pause();
  }

  override sendResume(): void {
    this.#wire.resume();
  }

  #leave(): void {
    this.#wire.onData = nothing;
    this.#wire.onDrain = nothing;
    this.#wire.onClose = nothing;
    this.#wire.resume();
    this.#wire.close();
  }
}
