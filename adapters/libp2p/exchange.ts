import type { Stream } from "@libp2p/interface";
import { FrameReader } from "./frame.ts";

/** What was written to a stream that is finished has this long to leave. */
const FLUSH_MS_MAX = 5_000;

/**
 * Writes `request` to a fresh `stream` and reads one frame of at most `answerBytesMax` bytes; the stream is finished
 * afterwards. Undefined: the other side ended it without one, sent more, or took until `signal`.
 */
export function exchange(
  stream: Stream,
  request: Uint8Array,
  answerBytesMax: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const reader = new FrameReader(answerBytesMax);
    let finished = false;
    const finish = (answer: Uint8Array | undefined): void => {
      if (finished) return;
      finished = true;
      signal.removeEventListener("abort", giveUp);
      resolve(answer);
      if (answer === undefined) stream.abort(new Error("no answer"));
      else end(stream);
    };
    const giveUp = (): void => finish(undefined);
    signal.addEventListener("abort", giveUp);
    stream.addEventListener("close", giveUp);
    stream.addEventListener("end", giveUp);
    stream.addEventListener("message", ({ data }) => {
      if (!reader.read(data.subarray(), finish)) giveUp();
    });
    if (signal.aborted) giveUp();
    try {
      if (!finished) stream.send(request);
    } catch {
      giveUp();
    }
  });
}

/** Nothing more is written to `stream`. */
export function end(stream: Stream): void {
  stream.close({ signal: AbortSignal.timeout(FLUSH_MS_MAX) }).catch((failure: Error) => stream.abort(failure));
}
