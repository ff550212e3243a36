import { bytesToHex } from "@noble/hashes/utils.js";
import { Registry, stretchLabel } from "../../core/vkd/index.ts";
import type { Image, Institution, SimLog, World } from "../world/index.ts";

/** Ahead of the first machine's clock, so that its heads differ from the moment of the fork. */
const SKEW_MS = 1_000;

/** Names of the nodes that see one face of the directory. */
export interface Halves {
  readonly left: ReadonlySet<string>;
  readonly right: ReadonlySet<string>;
}

/**
 * Holds a directory's keys and runs two of its machines behind one address. From the fork on they have one past and
 * two presents, and each shows its own to one half of the mesh: in gossip, in answers, and in the records under the
 * addresses of labels. Who is in neither half is asked by both.
 */
export class Equivocator {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #halves: Halves;
  readonly #twin: Institution;
  #backup: Image | undefined;

  constructor(world: World, log: SimLog, halves: Halves) {
    this.#world = world;
    this.#log = log;
    this.#halves = halves;
    this.#twin = world.twin(log.directory, `${log.directory.name}-too`);
    world.corrupt(log.directory);
    world.corrupt(this.#twin);
  }

  /** Where the right half's directory runs. */
  get twin(): Institution {
    return this.#twin;
  }

  /** Where the histories will part, when that is to be before the fork: then heads that were shown are contradicted. */
  backUp(): void {
    this.#backup = this.#log.directory.machine.image();
  }

  fork(): void {
    const { directory } = this.#log;
    const { left, right } = this.#halves;
    const { network } = this.#world;
    this.#world.note({ kind: "fault", from: directory.name, note: "equivocates" });
    this.#twin.machine.restore(this.#backup ?? directory.machine.image());
    this.#twin.machine.skewMs = SKEW_MS;
    this.#twin.restart();
    network.redirect(directory.name, (from) => (right.has(from) ? this.#twin.name : undefined));
    network.rule("two faces", ({ from, kind, to }) => {
      // What the right half is answered comes from the twin, under the name that was asked.
      if (from === directory.name && right.has(to)) return kind === "answer" ? "pass" : "drop";
      const crosses = (from === this.#twin.name && left.has(to)) || (left.has(from) && to === this.#twin.name);
      return crosses ? "drop" : "pass";
    });
    network.alterRecords((value, address, reader) => this.#record(value, bytesToHex(address), reader));
  }

  /** A capsule as the reader's half is to see it; any other record as it is. */
  #record(value: Uint8Array, address: string, reader: string): Uint8Array | undefined {
    const { anchor, directory, keys } = this.#log;
    const { stream, suite } = this.#world;
    const face = this.#halves.right.has(reader) ? this.#twin : directory;
    const registry = new Registry(suite, anchor, keys, face.machine.index);
    for (let i = 0, label = registry.labelAt(0); label !== undefined; label = registry.labelAt(++i)) {
      if (bytesToHex(stretchLabel(suite, anchor, label).address) === address) {
        return registry.sealedCapsule(stream, label)?.value;
      }
    }
    return value;
  }
}
