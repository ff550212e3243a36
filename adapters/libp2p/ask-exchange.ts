import type { Stream } from "@libp2p/interface";
import { ANSWER_BYTES_MAX, QUESTION_BYTES_MAX } from "../../core/node/index.ts";
import { BoundedMap } from "../../core/safety/index.ts";
import { end, exchange } from "./exchange.ts";
import { encodeFrames, FrameReader } from "./frame.ts";

/** One exchange: the question as one frame one way, the answer as one frame the other way, then the stream ends. */
export const ASK_PROTOCOL = "/chhaya/ask/1";
/** Either side of an exchange gives up after this long. */
export const ASK_MS_MAX = 5_000;
/** Questions that peers have open with this node; beyond it the one opened longest ago is cut off. */
export const QUESTIONS_UNDER_WAY_MAX = 256;

/** Answers, or does not; later or at once. */
export type Answering = (question: Uint8Array, reply: (answer: Uint8Array) => void) => void;

/** The questions of all peers that are being read or wait for their answers. */
export class Questions {
  readonly #open = new BoundedMap<Stream, undefined>(QUESTIONS_UNDER_WAY_MAX);

  /** Takes the one question on `stream`. `onMalformed`: it is longer than a question, or not the only one. */
  take(stream: Stream, answering: Answering, onMalformed: () => void): void {
    this.#open.set(stream, undefined)?.[0].abort(new Error("too many questions"));
    const reader = new FrameReader(QUESTION_BYTES_MAX);
    let asked = 0;
    const limit = setTimeout(() => stream.abort(new Error("no answer in time")), ASK_MS_MAX);
    stream.addEventListener("close", () => {
      clearTimeout(limit);
      this.#open.delete(stream);
    });
    stream.addEventListener("message", ({ data }) => {
      const sensible = reader.read(data.subarray(), (question) => {
        asked++;
        if (asked === 1) answering(question, replyOnce(stream));
      });
      if (sensible && asked <= 1) return;
      onMalformed();
      stream.abort(new Error("malformed question"));
    });
  }
}

function replyOnce(stream: Stream): (answer: Uint8Array) => void {
  let replied = false;
  return (answer) => {
    if (replied) return;
    replied = true;
    if (answer.length > ANSWER_BYTES_MAX) {
      stream.abort(new Error("answer too long"));
      return;
    }
    try {
      stream.send(encodeFrames([answer]));
    } catch {
      // Whoever asked is gone.
      return;
    }
    end(stream);
  };
}

/** Asks on a fresh `stream`, which is finished afterwards. Undefined: no answer, or none of sense, until `signal`. */
export function askQuestion(
  stream: Stream,
  question: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  return exchange(stream, encodeFrames([question]), ANSWER_BYTES_MAX, signal);
}
