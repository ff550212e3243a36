import { bytesToHex } from "@noble/hashes/utils.js";
import { Registry, stretchLabel } from "../../core/vkd/index.ts";
import type { Institution, SimLog, World } from "../world/index.ts";
import { Squatter } from "./squatter.ts";

const HOUR_MS = 3_600_000;

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
  readonly #aheadMs: number;
  /** Registers what only the second history has. */
  readonly #clerk: Squatter;

  /** `aheadMs`: by how much the epochs of the second history come before those of the first. */
  constructor(world: World, log: SimLog, halves: Halves, aheadMs = 0) {
    this.#aheadMs = aheadMs;
    this.#world = world;
    this.#log = log;
    this.#halves = halves;
    this.#twin = world.twin(log.directory, `${log.directory.name}-too`);
    world.corrupt(log.directory);
    world.corrupt(this.#twin);
    this.#clerk = new Squatter(world, { ...log, directory: this.#twin }, `${this.#twin.name}-clerk`);
  }

  /** Where the right half's directory runs. */
  get twin(): Institution {
    return this.#twin;
  }

  /**
   * The second history begins, in secret: when it is shown, it denies epochs that its half has seen of the first one
   * meanwhile.
   */
  begin(): void {
    const { left, right } = this.#halves;
    const { name } = this.#twin;
    const kept = new Set([...left, ...right, this.#log.directory.name]);
    this.#twin.machine.restore(this.#log.directory.machine.image());
    this.#twin.machine.skewMs = this.#aheadMs;
    this.#twin.restart();
    this.#clerk.grab();
    this.#world.network.rule("in secret", ({ from, to }) => {
      return (from === name && kept.has(to)) || (kept.has(from) && to === name) ? "drop" : "pass";
    });
  }

  /** From now on each half is shown its own history. */
  fork(): void {
    const { directory } = this.#log;
    const { left, right } = this.#halves;
    const { network } = this.#world;
    if (!this.#twin.machine.up) this.begin();
    network.removeRule("in secret");
    this.#world.note({ kind: "fault", from: directory.name, note: "equivocates" });
    network.redirect(directory.name, (from) => (right.has(from) ? this.#twin.name : undefined));
    network.rule("two faces", ({ from, kind, to }) => {
      // What the right half is answered comes from the twin, under the name that was asked.
      if (from === directory.name && right.has(to)) return kind === "answer" ? "pass" : "drop";
      // What its own engines hear of the other history would convict them.
      if (kind === "gossip" && (to === directory.name || to === this.#twin.name)) return "drop";
      // Neither machine hears of the other, nor anybody of the wrong one.
      const others = (name: string): boolean => left.has(name) || name === directory.name;
      const crosses = (from === this.#twin.name && others(to)) || (others(from) && to === this.#twin.name);
      return crosses ? "drop" : "pass";
    });
    network.alterRecords((value, address, reader) => this.#record(value, bytesToHex(address), reader));
  }

  /** A capsule as the reader's half is to see it; any other record as it is. */
  #record(value: Uint8Array, address: string, reader: string): Uint8Array | undefined {
    const { anchor, directory, keys } = this.#log;
    const { kernel, stream, suite } = this.#world;
    const face = this.#halves.right.has(reader) ? this.#twin : directory;
    const registry = new Registry(suite, anchor, keys, face.machine.index);
    for (let i = 0, label = registry.labelAt(0); label !== undefined; label = registry.labelAt(++i)) {
      if (bytesToHex(stretchLabel(suite, anchor, label).record.address) === address) {
        return registry.sealedCapsule(stream, label, { sequence: kernel.now, expires: kernel.now + HOUR_MS })?.value;
      }
    }
    return value;
  }
}
