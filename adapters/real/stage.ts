import type { Settings } from "../../core/node/index.ts";
import { Kernel, Stream } from "../../sim/kernel/index.ts";
import { BODY_BYTES_MIN } from "../../sim/world/index.ts";
import type { Deed, Role, Script, Step } from "./script.ts";

/** Processes on one machine. */
export const PEOPLE_MAX = 32;
const STEPS_MAX = 20_000;
/**
 * Few prekeys, so that their records are soon published; and what a node repeats after minutes of silence, which a
 * scenario has, it repeats after seconds, to which they shrink: a handshake that chose a prekey after somebody else
 * did, and messages to who was away.
 */
const SETTINGS: Partial<Settings> = { oneTimePrekeys: 16, handshakeLifeMs: 10_000, retransmitMaxMs: 4_000 };

/** A scenario wants what operating-system processes on loopback do not give. */
export class Unplayable extends Error {
  override readonly name = "Unplayable";
}

/** What of the simulated world's faults has a name that is no member's. */
const NAMES: Readonly<Record<string, string>> = {
  network: "control of the network",
  institution: "institutions",
  twin: "institutions",
  suite: "directories",
  logs: "directories",
  adversary: "adversaries",
  corrupt: "adversaries",
  streamOf: "adversaries",
  machine: "faults of disks and clocks",
  kernel: "the simulator's clock",
  moves: "people who move",
  movesTo: "people who move",
};

/**
 * Takes the place of the simulated world while a scenario's script is written down: people, what they say to whom and
 * when, and whose power fails. Anything else throws {@link Unplayable}, which names it.
 */
export class Stage {
  /** Randomness for the scenario's own choices: what the simulated world draws from too. */
  readonly stream: Stream;
  readonly #root: Stream;
  readonly #kernel = new Kernel();
  readonly #people = new Map<string, Actor>();
  readonly #steps: Step[] = [];
  #heal: { readonly atMs: number; readonly livenessMs: number } | undefined;

  constructor(seed: number) {
    this.#root = Stream.seeded(seed);
    this.stream = this.#root.child("scenario");
  }

  person(name: string, settings: Partial<Settings> = {}, roles: object = {}): Actor {
    if (Object.keys(roles).length > 0) throw new Unplayable("directories");
    if (this.#kernel.elapsed > 0) throw new Unplayable("people who come later");
    if (this.#people.size >= PEOPLE_MAX) throw new RangeError(`at most ${PEOPLE_MAX} processes play`);
    const role = { name, settings: { ...SETTINGS, ...settings } };
    const speech = this.#root.child(`person ${name}`).child("speech");
    const actor = guarded(new Actor(role, speech, (deed) => this.#note(name, deed)));
    this.#people.set(name, actor);
    return actor;
  }

  crowd(prefix: string, count: number, settings?: Partial<Settings>, roles?: object): Actor[] {
    return Array.from({ length: count }, (_, i) => this.person(`${prefix}${i}`, settings, roles));
  }

  at(ms: number, action: () => void): void {
    this.#kernel.after(ms - this.#kernel.elapsed, action);
  }

  every(intervalMs: number | (() => number), untilMs: number, action: () => void): void {
    const next = typeof intervalMs === "number" ? intervalMs : intervalMs();
    if (this.#kernel.elapsed + next >= untilMs) return;
    this.#kernel.after(next, () => {
      action();
      this.every(intervalMs, untilMs, action);
    });
  }

  healAt(atMs: number, livenessMs: number): void {
    this.#heal = { atMs, livenessMs };
  }

  /** Halfway the second person's power fails, and comes back at once. */
  killHalfway(): void {
    this.at(this.#healed.atMs / 2, () => {
      const up = [...this.#people.values()].filter((person) => person.isUp);
      const victim = up[1] ?? up[0];
      victim?.crash();
      victim?.restart();
    });
  }

  /** Lets the virtual time pass; then everybody is up, and who talked before the healing says one thing more. */
  finish(): Script {
    const { atMs, livenessMs } = this.#healed;
    this.#kernel.runUntil(this.#kernel.now + atMs);
    const people = [...this.#people.values()];
    const pairs = new Map(
      this.#steps.flatMap((step) => (step.kind === "say" ? [[`${step.who} ${step.to}`, step] as const] : [])),
    );
    for (const person of people) person.restart();
    for (const { to, who } of pairs.values()) this.#person(who).says(this.#person(to));
    return { people: people.map(({ role }) => role), steps: this.#steps, healAtMs: atMs, livenessMs };
  }

  get #healed(): { readonly atMs: number; readonly livenessMs: number } {
    if (this.#heal === undefined) throw new Unplayable("a scenario that never heals");
    return this.#heal;
  }

  #person(name: string): Actor {
    return this.#people.get(name) as Actor;
  }

  #note(who: string, deed: Deed): void {
    if (this.#steps.length >= STEPS_MAX) throw new RangeError(`at most ${STEPS_MAX} steps are played`);
    this.#steps.push({ atMs: this.#kernel.elapsed, who, ...deed });
  }
}

/** Somebody in a script. */
export class Actor {
  readonly role: Role;
  readonly #speech: Stream;
  readonly #note: (deed: Deed) => void;
  isUp = true;

  constructor(role: Role, speech: Stream, note: (deed: Deed) => void) {
    this.role = role;
    this.#speech = speech;
    this.#note = note;
  }

  get name(): string {
    return this.role.name;
  }

  meets(other: Actor, cards?: string): void {
    if (cards !== undefined) throw new Unplayable(`cards ${cards}`);
    this.#note({ kind: "meet", other: other.name });
  }

  /** Undefined while the machine is down, as in the simulated world. */
  says(to: Actor, length: number = BODY_BYTES_MIN): object | undefined {
    const body = this.#speech.bytes(Math.max(length, BODY_BYTES_MIN));
    if (!this.isUp) return undefined;
    this.#note({ kind: "say", to: to.name, body });
    return guarded({});
  }

  crash(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.#note({ kind: "crash" });
  }

  restart(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.#note({ kind: "restart" });
  }
}

/** The same object, of which no other member is read or set. */
export function guarded<T extends object>(target: T): T {
  const refuse = (key: string | symbol): never => {
    const name = String(key);
    throw new Unplayable(Object.hasOwn(NAMES, name) ? (NAMES[name] as string) : `"${name}"`);
  };
  return new Proxy(target, {
    get(_, key) {
      if (!(key in target)) refuse(key);
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
    set: (_, key) => refuse(key),
  });
}
