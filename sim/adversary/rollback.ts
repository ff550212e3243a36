import { assert } from "../../core/safety/index.ts";
import type { Image, SimLog, World } from "../world/index.ts";

/** Restores a directory from an old backup, log and index together, and lets it go on from there. */
export class Rollback {
  readonly #world: World;
  readonly #log: SimLog;
  #backup: Image | undefined;

  constructor(world: World, log: SimLog) {
    this.#world = world;
    this.#log = log;
    world.corrupt(log.directory);
  }

  backUp(): void {
    this.#backup = this.#log.directory.machine.image();
  }

  /** Epochs that were signed since the backup are forgotten, and will be signed anew. */
  restore(): void {
    const { directory } = this.#log;
    assert(this.#backup !== undefined, "there is no backup");
    directory.crash();
    directory.machine.restore(this.#backup);
    this.#world.note({ kind: "fault", from: directory.name, note: "rolled back" });
    directory.restart();
  }
}
