import type { Stream } from "@libp2p/interface";
import { encodeFrames, FrameReader } from "./frame.ts";
import { type PublishedRecords, RECORD_ADDRESS_BYTES, RECORD_BYTES_MAX } from "./records.ts";

/** One exchange: the 32-byte address one way, one frame (empty: not found) the other way, then the stream ends. */
export const RECORD_PROTOCOL = "/chhaya/record/1";
/** Either side of an exchange gives up after this long. */
export const RECORD_MS_MAX = 5_000;

/** Answers one question on `stream`. */
export function answerRecord(stream: Stream, records: PublishedRecords): void {
  const address = new Uint8Array(RECORD_ADDRESS_BYTES);
  let filled = 0;
  const limit = setTimeout(() => stream.abort(new Error("no question in time")), RECORD_MS_MAX);
  stream.addEventListener("close", () => clearTimeout(limit));
  stream.addEventListener("message", ({ data }) => {
    const part = data.subarray();
    if (filled + part.length > RECORD_ADDRESS_BYTES) {
      stream.abort(new Error("question too long"));
      return;
    }
    address.set(part, filled);
    filled += part.length;
    if (filled < RECORD_ADDRESS_BYTES) return;
    stream.send(encodeFrames([records.get(address) ?? new Uint8Array(0)]));
    end(stream);
  });
}

/** Asks on a fresh `stream`, which is finished afterwards. Undefined: not found, no sense, or too late. */
export function askRecord(stream: Stream, address: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const reader = new FrameReader(RECORD_BYTES_MAX);
    const finish = (value: Uint8Array | undefined): void => {
      clearTimeout(limit);
      resolve(value);
      if (value === undefined) stream.abort(new Error("no answer"));
      else end(stream);
    };
    const limit = setTimeout(() => finish(undefined), RECORD_MS_MAX);
    stream.addEventListener("close", () => finish(undefined));
    stream.addEventListener("end", () => finish(undefined));
    stream.addEventListener("message", ({ data }) => {
      const sensible = reader.read(data.subarray(), (value) => finish(value.length === 0 ? undefined : value));
      if (!sensible) finish(undefined);
    });
    try {
      stream.send(address);
    } catch {
      finish(undefined);
    }
  });
}

function end(stream: Stream): void {
  stream.close({ signal: AbortSignal.timeout(RECORD_MS_MAX) }).catch((failure: Error) => stream.abort(failure));
}
