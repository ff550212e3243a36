import type { Institution, SimLog, World } from "../world/index.ts";

/**
 * Has a directory's disk of one moment, sits on every path to its victims, and keeps them there: whatever they ask the
 * directory or a mirror is answered as of then, or not at all, and no newer gossip reaches them.
 */
export class Freezer {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #victims: ReadonlySet<string>;
  readonly #past: Institution;

  constructor(world: World, log: SimLog, victims: ReadonlySet<string>) {
    this.#world = world;
    this.#log = log;
    this.#victims = victims;
    // It serves as a mirror does: what it could sign is no part of this attack.
    const roles = { logs: [log.followed], mirrors: true };
    this.#past = world.institution(`${log.directory.name}-past`, roles, log.plan.settings);
    world.corrupt(this.#past);
  }

  /** `silent`: nothing is answered; otherwise everything, from the past. */
  freeze(silent: boolean): void {
    const { directory, mirrors } = this.#log;
    const { network } = this.#world;
    const servers = [directory, ...mirrors].map(({ name }) => name);
    this.#world.note({ kind: "fault", from: directory.name, note: silent ? "silent" : "frozen" });
    this.#past.machine.restore(directory.machine.image());
    this.#past.restart();
    for (const server of servers) {
      network.redirect(server, (from) => (this.#victims.has(from) ? this.#past.name : undefined));
    }
    network.rule("frozen", ({ from, kind, to }) => {
      if (kind === "datagram") return "pass";
      const [asks, hears] = [this.#victims.has(from), this.#victims.has(to)];
      // The past knows nothing of the present, and tells its victims what it knows.
      if (from === this.#past.name) return hears && !silent ? "pass" : "drop";
      if (to === this.#past.name) return asks && !silent ? "pass" : "drop";
      if (asks && servers.includes(to)) return silent ? "drop" : "pass";
      if (hears) return kind === "answer" && servers.includes(from) ? "pass" : "drop";
      return "pass";
    });
  }
}
