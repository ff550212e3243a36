import type { MessageStream, StreamMuxer, StreamMuxerFactory } from "@libp2p/interface";
import { yamux, type YamuxMuxerInit } from "@libp2p/yamux";

/** Of whom nothing was heard for so long, the other end asks whether they are there. Some NATs forget in 30 seconds. */
export const SILENCE_MS_MAX = 20_000;
/** Who was told something and says nothing for so long is asked, too. */
export const UNANSWERED_MS_MAX = 5_000;
/** Who then says nothing for so long is not there. */
export const ANSWER_MS_MAX = 10_000;

interface AskingMuxer extends StreamMuxer {
  /** A frame that the other end answers by itself. */
  ping(options: { readonly signal: AbortSignal }): Promise<number>;
}

/**
 * Yamux that ends connections whose other end is gone. When a NAT forgets, a machine loses its power or a relay swallows
 * what it was to pass on, nothing tells; the library's own keep-alive waits for its first unanswered ping for ever, and
 * TCP gives up after a quarter of an hour.
 */
export function attentiveYamux(init: Omit<YamuxMuxerInit, "enableKeepAlive">): () => StreamMuxerFactory {
  return () => {
    const factory = yamux({ ...init, enableKeepAlive: false })();
    return {
      protocol: factory.protocol,
      createStreamMuxer: (connection) => attend(factory.createStreamMuxer(connection), connection),
    };
  };
}

function attend(muxer: AskingMuxer, connection: MessageStream): StreamMuxer {
  let heardAt = performance.now();
  /** When it was told something first since then. */
  let toldAt: number | undefined;
  let timer: NodeJS.Timeout;
  /** When it is looked at next whether to ask; long ago while it is not. */
  let listensAt = -Infinity;
  const wait = (ms: number, action: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
    timer.unref();
  };
  const listen = (): void => {
    const now = performance.now();
    const askAt = Math.min(heardAt + SILENCE_MS_MAX, (toldAt ?? Infinity) + UNANSWERED_MS_MAX);
    if (askAt <= now) return ask(now);
    listensAt = askAt;
    wait(askAt - now, listen);
  };
  const ask = (askedAt: number): void => {
    // Whatever comes is an answer: on a slow line the ping may stand behind much else.
    listensAt = -Infinity;
    muxer.ping({ signal: AbortSignal.timeout(ANSWER_MS_MAX) }).catch(() => {});
    wait(ANSWER_MS_MAX, () => {
      if (heardAt >= askedAt) listen();
      else connection.abort(new Error("the other end is silent"));
    });
  };
  const send = connection.send.bind(connection);
  connection.send = (data) => {
    if (toldAt === undefined) {
      toldAt = performance.now();
      if (listensAt > toldAt + UNANSWERED_MS_MAX) listen();
    }
    return send(data);
  };
  connection.addEventListener("message", () => {
    heardAt = performance.now();
    toldAt = undefined;
  });
  connection.addEventListener("close", () => {
    clearTimeout(timer);
    // Nor does what is still sent then begin to wait.
    listensAt = -Infinity;
  });
  listen();
  return muxer;
}
