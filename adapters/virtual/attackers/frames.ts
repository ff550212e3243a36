import type { Stream } from "@libp2p/interface";

/** Protocol Buffers as hand-made messages need them: varints, and fields of numbers and of bytes. */
export function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

export function numberField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

export function bytesField(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = joined(parts);
  return joined([Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** With its length before it. */
export function framed(message: Uint8Array): Uint8Array {
  return joined([Uint8Array.from(varint(message.length)), message]);
}

/** Calls back with each message that a stream brings. */
export function readFrames(stream: Stream, onMessage: (message: Uint8Array) => void): void {
  const take = unframer(onMessage);
  stream.addEventListener("message", ({ data }) => take(data.subarray()));
}

/** Calls back with each message that is complete, out of the pieces that a stream brings. */
export function unframer(onMessage: (message: Uint8Array) => void): (piece: Uint8Array) => void {
  let held: Uint8Array = new Uint8Array(0);
  return (piece) => {
    held = joined([held, piece]);
    for (;;) {
      const header = held.findIndex((byte) => byte < 128) + 1;
      if (header === 0) return;
      const length = held.subarray(0, header).reduce((sum, byte, i) => sum + (byte % 128) * 128 ** i, 0);
      if (held.length < header + length) return;
      const message = held.slice(header, header + length);
      held = held.slice(header + length);
      onMessage(message);
    }
  };
}
