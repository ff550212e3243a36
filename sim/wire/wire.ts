/** An IPv4 address in dotted decimal, and a TCP port. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/**
 * Why a wire ended: both ends closed it; this one aborted it; the other is not there any more, or a loss broke it;
 * nothing was heard of the other for WIRE_SILENCE_MS_MAX; this host's power failed.
 */
export type WireEnding = "closed" | "aborted" | "reset" | "timeout" | "crashed";

/** One end of a reliable stream of bytes, as TCP gives it. */
export interface Wire {
  /** As this host sees itself. */
  readonly local: Endpoint;
  /** Where the other end is, as this host sees it: behind a NAT, that one's address. */
  readonly remote: Endpoint;
  readonly direction: "inbound" | "outbound";
  /** Whether the wire has not ended. */
  readonly alive: boolean;
  /**
   * Copies the bytes. What is sent within one event of the kernel travels together. False: the window is full, and
   * nothing may be sent until onDrain is called; also when this end was closed, and the bytes went nowhere.
   */
  send(bytes: Uint8Array): boolean;
  /** Takes no more, so that the window of the other end fills; until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Sends no more after what was sent. What the other end sends still arrives until it closes too. */
  close(): void;
  /** Ends the wire at once; the other end learns that it was reset. */
  abort(): void;
  onData: (bytes: Uint8Array) => void;
  onDrain: () => void;
  /** The other end sends no more. */
  onEnd: () => void;
  /** Called once, the last of all. */
  onClose: (ending: WireEnding) => void;
}
