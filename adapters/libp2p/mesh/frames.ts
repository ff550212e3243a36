import type { PeerId } from "@libp2p/interface";
import { assert } from "../../../core/safety/index.ts";
import { type Conduct, type Offence, scoreThresholds } from "../conduct/index.ts";

/** What one frame of the router's protocol says. */
export interface Rpc {
  readonly subscriptions?: readonly unknown[];
  readonly messages: readonly { readonly data?: Uint8Array }[];
  readonly control?: { readonly iwant?: readonly unknown[] };
}

/** A frame, as its bytes come. */
interface Frame {
  subarray(): Uint8Array;
}

/** How the library's router reads and writes, which its type does not say. */
interface FrameRouter {
  readonly score: { score(peer: string): number };
  decodeRpc(bytes: Uint8Array): Rpc;
  pipePeerReadStream(from: PeerId, frames: AsyncIterable<Frame>): Promise<void>;
  handlePeerReadStreamError(failure: Error, from: PeerId): void;
  sendRpc(to: string, rpc: Rpc): boolean;
}

/** Messages of one frame: so many of the longest are shorter than any frame may be. */
export const MESSAGES_SENT_MAX = 32;

/** How the library says that a frame, or what stands for its length, is longer than any. */
const TOO_LONG: ReadonlySet<string> = new Set([
  "InvalidMessageLengthError",
  "InvalidDataLengthError",
  "InvalidDataLengthLengthError",
]);

/**
 * Holds peers to account for frames that cannot be read. The router by itself passes over them without a word, however
 * many come; after one that is too long it forgets the peer, and stays connected with it.
 */
export function holdToFrames(service: unknown, conduct: Pick<Conduct, "note">): void {
  const router = service as FrameRouter;
  for (const name of ["decodeRpc", "pipePeerReadStream", "handlePeerReadStreamError", "sendRpc"] as const) {
    assert(typeof router[name] === "function", `the router has no ${name}`);
  }
  const decode = router.decodeRpc.bind(router);
  const pipe = router.pipePeerReadStream.bind(router);
  const fail = router.handlePeerReadStreamError.bind(router);
  const send = router.sendRpc.bind(router);
  // The router decodes what it is given, and does not say whose it is: it is decoded before, and only once.
  const decoded = new WeakMap<Uint8Array, Rpc>();
  const readable = async function* (peer: string, frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    for await (const frame of frames) {
      // What would be ignored need not be decoded.
      if (router.score.score(peer) < scoreThresholds.graylist) continue;
      const bytes = frame.subarray();
      try {
        decoded.set(bytes, decode(bytes));
      } catch (failure) {
        conduct.note(peer, offenceOf(failure));
        continue;
      }
      yield { subarray: () => bytes };
    }
  };
  router.decodeRpc = (bytes) => decoded.get(bytes) ?? decode(bytes);
  router.pipePeerReadStream = (from, frames) => pipe(from, readable(from.toString(), frames));
  router.handlePeerReadStreamError = (failure, from) => {
    if (TOO_LONG.has(failure.name)) conduct.note(from.toString(), "oversized");
    fail(failure, from);
  };
  router.sendRpc = (to, rpc) => {
    const rest = rpc.messages.slice(MESSAGES_SENT_MAX);
    if (rest.length === 0) return send(to, rpc);
    const sent = send(to, { ...rpc, messages: rpc.messages.slice(0, MESSAGES_SENT_MAX) });
    return sent && router.sendRpc(to, { subscriptions: [], messages: rest });
  };
}

/** Longer lists than a frame may have: what another version of the protocol may send once, and nobody all the time. */
function offenceOf(failure: unknown): Offence {
  return failure instanceof Error && failure.name === "MaxLengthError" ? "flood" : "malformed";
}
