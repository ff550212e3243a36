import { bodiesOf, examine } from "../../core/node/index.ts";
import {
  DEFAULT_RATCHET_POLICY,
  openMessage,
  type RatchetState,
  receivingTags,
  sealMessage,
} from "../../core/ratchet/index.ts";
import { splitTag } from "../../core/envelope/index.ts";
import type { StoredLog } from "../../core/node/index.ts";
import type { Packet } from "../network/index.ts";
import type { Person, World } from "../world/index.ts";
import { Recorder } from "./recorder.ts";

/** Superseded states that are tried: an honest log holds fewer, and the oldest and newest of more tell enough. */
const STATES_TRIED_MAX = 256;

const NOTHING = new Uint8Array(0);

/** Copies a device's disk at one moment, unnoticed, and has recorded every byte on the wire before and since. */
export class Thief {
  readonly #world: World;
  readonly #recorder: Recorder;
  #victim = "";
  #stored: StoredLog | undefined;
  #packetsBefore = 0;

  constructor(world: World) {
    this.#world = world;
    this.#recorder = new Recorder(world);
  }

  steal(victim: Person): void {
    this.#victim = victim.name;
    this.#stored = victim.machine.disk.stored();
    this.#packetsBefore = this.#recorder.packets.length;
    this.#world.note({ kind: "fault", from: victim.name, note: "state stolen" });
  }

  /** The identifiers of every message that the loot and the recording give, with the node's own code. */
  read(): ReadonlySet<string> {
    const { ledger, suite } = this.#world;
    const read = new Set<string>();
    if (this.#stored === undefined) return read;
    const note = (body: Uint8Array): void => {
      read.add(ledger.name(body).id);
    };
    const { bodies, ratchets } = examine(suite, this.#stored);
    bodies.forEach(note);
    const all = this.#recorder.packets;
    // Any superseded state may open what was recorded before; the newest also lives on as the device would.
    const half = STATES_TRIED_MAX / 2;
    const tried =
      ratchets.length <= STATES_TRIED_MAX ? ratchets : [...ratchets.slice(0, half), ...ratchets.slice(-half)];
    for (const ratchet of tried) this.#follow(ratchet, all, false, note);
    const newest = examine(suite, this.#stored).ratchets.at(-1);
    if (newest !== undefined) this.#follow(newest, all.slice(this.#packetsBefore), true, note);
    return read;
  }

  /** Runs a stolen state over recorded packets; `acting` seals whenever the victim did, to keep step with it. */
  #follow(stolen: RatchetState, packets: readonly Packet[], acting: boolean, note: (body: Uint8Array) => void): void {
    const { kernel, stream, suite } = this.#world;
    const random = stream.child("thief");
    let state = stolen;
    let tags = new Set(receivingTags(suite, state));
    for (const { bytes, from, to } of packets) {
      if (to === this.#victim) {
        const split = splitTag(bytes);
        if (split === undefined || !tags.has(split.tag)) continue;
        const opened = openMessage(suite, random, state, split.tag, split.rest, kernel.now);
        if (!opened.ok) continue;
        state = opened.value.state;
        tags = new Set(receivingTags(suite, state));
        bodiesOf(opened.value.payload).forEach(note);
      } else if (acting && from === this.#victim) {
        const sealed = sealMessage(suite, random, state, NOTHING, DEFAULT_RATCHET_POLICY, kernel.now);
        if (sealed.ok) state = sealed.value.state;
        tags = new Set(receivingTags(suite, state));
      }
    }
  }
}
