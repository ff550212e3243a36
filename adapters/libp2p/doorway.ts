import type { MultiaddrConnection } from "@libp2p/interface";
import { mostCrowded } from "./crowd.ts";

/** Peers that dialled and are not known yet. One takes well under a second, when it means to come in. */
export const HANDSHAKES_MAX = 128;

/**
 * Whoever dialled and has not yet shown who it is. Nothing is known of it but where it comes from: when there are too many,
 * one goes that came from where most come from, the one that had longest to finish. The library would turn away whoever
 * comes next, so that a few dozen silent connections kept everybody out.
 */
export class Doorway {
  /** The one that came last is first. */
  #waiting: readonly MultiaddrConnection[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  enter(connection: MultiaddrConnection): void {
    connection.addEventListener("close", () => this.leave(connection));
    this.#waiting = [connection, ...this.#waiting];
    if (this.#waiting.length <= HANDSHAKES_MAX) return;
    const excess = mostCrowded(this.#waiting, ({ remoteAddr }) => remoteAddr);
    excess?.abort(new Error("too many come at once"));
    if (excess !== undefined) this.leave(excess);
  }

  /** It came in, or went. */
  leave(connection: MultiaddrConnection): void {
    this.#waiting = this.#waiting.filter((other) => other !== connection);
  }
}
