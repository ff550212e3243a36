import type { Stream } from "@libp2p/interface";
import { ANSWER_BYTES_MAX, QUESTION_BYTES_MAX } from "../../core/node/index.ts";
import { BoundedMap } from "../../core/safety/index.ts";
import type { Conduct } from "./conduct/index.ts";
import { end, exchange } from "./exchange.ts";
import { encodeFrames, FrameReader } from "./frame.ts";

/** One exchange: the question as one frame one way, the answer as one frame the other way, then the stream ends. */
export const ASK_PROTOCOL = "/chhaya/ask/1";
/** Either side of an exchange gives up after this long. */
export const ASK_MS_MAX = 5_000;
/** Questions that peers have open with this node; beyond it the one opened longest ago is cut off. */
export const QUESTIONS_UNDER_WAY_MAX = 256;
/** Of them, those of one peer; it asks no more at once, see ASKS_PER_PEER_MAX, but sees the end of one later. */
export const QUESTIONS_PER_PEER_MAX = 16;
/** Questions that this node has open with one peer. */
export const ASKS_PER_PEER_MAX = 4;

/** Answers, or does not; later or at once. */
export type Answering = (question: Uint8Array, reply: (answer: Uint8Array) => void) => void;

/** The questions of all peers that are being read or wait for their answers. */
export class Questions {
  readonly #conduct: Pick<Conduct, "admit" | "note">;
  /** Stream → the peer that asks; oldest first. */
  readonly #open = new BoundedMap<Stream, string>(QUESTIONS_UNDER_WAY_MAX);

  constructor(conduct: Pick<Conduct, "admit" | "note">) {
    this.#conduct = conduct;
  }

  /** Takes the one question of `peer` on `stream`. `onMalformed`: it is longer than a question, or not the only one. */
  take(stream: Stream, peer: string, answering: Answering, onMalformed: () => void): void {
    const own = [...this.#open.entries()].filter(([, asker]) => asker === peer);
    if (own.length >= QUESTIONS_PER_PEER_MAX || !this.#conduct.admit(peer, "stream", 0)) {
      stream.abort(new Error("too many questions"));
      return;
    }
    this.#open.set(stream, peer)?.[0].abort(new Error("too many questions"));
    const reader = new FrameReader(QUESTION_BYTES_MAX);
    let asked = 0;
    const limit = setTimeout(() => {
      // Whoever opens a stream has something to ask; that this node has no answer is not the peer's fault.
      if (asked === 0) this.#conduct.note(peer, "timeout");
      stream.abort(new Error("no answer in time"));
    }, ASK_MS_MAX);
    stream.addEventListener("close", () => {
      clearTimeout(limit);
      this.#open.delete(stream);
    });
    stream.addEventListener("message", ({ data }) => {
      const sensible = reader.read(data.subarray(), (question) => {
        asked++;
        if (asked > 1) return;
        if (this.#conduct.admit(peer, "question", question.length)) answering(question, replyOnce(stream));
        else stream.abort(new Error("too many questions"));
      });
      if (sensible && asked <= 1) return;
      onMalformed();
      this.#conduct.note(peer, sensible ? "malformed" : "oversized");
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
