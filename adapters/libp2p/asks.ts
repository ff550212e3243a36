import type { Stream } from "@libp2p/interface";
import type { PeerAddress } from "./address.ts";
import { ASK_MS_MAX, ASKS_PER_PEER_MAX, askQuestion } from "./ask-exchange.ts";
import { PeerTurns } from "./peer-turns.ts";

/** Questions for one peer that wait for those before them, within the time they have; a further one goes unanswered. */
export const ASKS_WAITING_PER_PEER_MAX = 256;
/** Questions of this node that are open or wait, for all peers. */
export const ASKS_MAX = 1_024;

/** This node's questions to others. */
export class Asks {
  readonly #open: (target: PeerAddress, signal: AbortSignal) => Promise<Stream>;
  readonly #turns = new PeerTurns(ASKS_PER_PEER_MAX, ASKS_WAITING_PER_PEER_MAX, ASKS_MAX);

  constructor(open: (target: PeerAddress, signal: AbortSignal) => Promise<Stream>) {
    this.#open = open;
  }

  /** Calls back exactly once, later; undefined when no answer came in time. */
  ask(target: PeerAddress, question: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    // From now on, so that waiting for a turn counts too.
    const late = AbortSignal.timeout(ASK_MS_MAX);
    const taken = this.#turns.take(target.peer, async () => done(await this.#answer(target, question, late)));
    if (!taken) setImmediate(done, undefined);
  }

  async #answer(target: PeerAddress, question: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined> {
    try {
      return await askQuestion(await this.#open(target, signal), question, signal);
    } catch {
      // Nobody there, nobody who answers questions, or too late.
      return undefined;
    }
  }
}
