import type { Stream } from "@libp2p/interface";
import { end, exchange } from "./exchange.ts";
import { encodeFrames } from "./frame.ts";
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
export async function askRecord(
  stream: Stream,
  address: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const value = await exchange(stream, address, RECORD_BYTES_MAX, signal);
  return value?.length === 0 ? undefined : value;
}
