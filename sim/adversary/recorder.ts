import type { Packet } from "../network/index.ts";
import type { World } from "../world/index.ts";

/** Packets that a recorder keeps: all of any ordinary scenario. */
const RECORDED_MAX = 200_000;

/** Sees every envelope on the wire and may put any of them there again. */
export class Recorder {
  readonly #world: World;
  readonly #packets: Packet[] = [];

  constructor(world: World) {
    this.#world = world;
    world.network.tap((packet) => {
      if (this.#packets.length < RECORDED_MAX) this.#packets.push(packet);
    });
  }

  get packets(): readonly Packet[] {
    return this.#packets;
  }

  /** Injects one recorded envelope, to whom it was sent. */
  replayOne(): void {
    if (this.#packets.length === 0) return;
    const { bytes, from, to } = this.#world.stream.pick(this.#packets);
    this.#world.network.inject(from, to, bytes, "replay");
  }

  /** Injects everything again, in the recorded order, one a millisecond. */
  replayAll(): void {
    for (const [i, { bytes, from, to }] of [...this.#packets].entries()) {
      this.#world.kernel.after(i, () => this.#world.network.inject(from, to, bytes, "replay"));
    }
  }
}
