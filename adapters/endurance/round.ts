import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, type Drawing } from "./drawing.ts";
import type { EnvelopeTally } from "./envelopes.ts";
import { loopbackConfig, makeHome } from "./home.ts";
import { type Faults, forgotten, judge, type Said, type Side, SIDES } from "./judge.ts";
import { Person, type StartCounts, Stuck } from "./person.ts";

/**
 * When a node that runs is killed: handshakes, appends, and the rewriting of the log lie within. At most as long as a
 * start took, where that is longer: a busy machine does less in the same time.
 */
const RUN_MS_MIN = 3;
const RUN_MS_MAX = 1_500;
/** When one that starts is killed, from where all is loaded. */
const START_MS_MAX = 400;
const KILLED_STARTING_SHARE = 0.2;
const COMPACT_SECONDS = 1;
const SAY_MS = 25;
const SAY_SHARE = 0.5;
/** Messages that are not delivered, beyond which somebody says no more: so that there are deliveries to hit. */
const PENDING_MAX = 96;
/** So long may pass without a delivery while some are to come: retransmissions are up to a minute apart. */
const STILL_MS_MAX = 240_000;
const QUIET_POLL_MS = 200;
/** What comes twice comes now. */
const QUIET_MORE_MS = 1_000;

export interface RoundCounts extends StartCounts {
  readonly kills: Record<Side, number>;
  /** Of these, kills of a node that was starting. */
  killedStarting: number;
  said: number;
  acknowledged: number;
  delivered: number;
  /** From the last kill until everything was delivered and receipted, in milliseconds. */
  readonly quietMs: number[];
}

export interface RoundParts {
  readonly directory: string;
  /** Whom both find each other by, after they moved. */
  readonly rendezvous: readonly string[];
  readonly drawing: Drawing;
  readonly kills: number;
  readonly counts: RoundCounts;
  readonly tally: EnvelopeTally;
  readonly onKill: () => void;
}

/** Two people who meet, and talk while their nodes are killed; in the end everything has to be there. */
export class Round {
  readonly #parts: RoundParts;
  readonly #people: Record<Side, Person>;
  readonly #said: Said[] = [];
  #talks: NodeJS.Timeout | undefined;

  /** Plays one, and tells what is wrong; nothing when all is in order. */
  static async play(parts: RoundParts): Promise<string[]> {
    mkdirSync(parts.directory);
    const config = loopbackConfig(parts.rendezvous, COMPACT_SECONDS);
    const home = (side: Side) => makeHome(join(parts.directory, side), side, config);
    const round = new Round(parts, { alice: await home("alice"), bob: await home("bob") });
    try {
      return await round.#play();
    } catch (failure) {
      if (!(failure instanceof Stuck)) throw failure;
      return [failure.message, ...faultsAsWords(round.#judge(false))];
    } finally {
      clearInterval(round.#talks);
      await Promise.all(SIDES.map((side) => round.#people[side].kill()));
    }
  }

  private constructor(parts: RoundParts, homes: Record<Side, Awaited<ReturnType<typeof makeHome>>>) {
    this.#parts = parts;
    const person = (side: Side): Person =>
      new Person(side, homes[side], parts.counts, parts.tally, (number) => this.#acknowledge(number));
    this.#people = { alice: person("alice"), bob: person("bob") };
  }

  async #play(): Promise<string[]> {
    const { counts, drawing, kills, onKill } = this.#parts;
    const { alice, bob } = this.#people;
    alice.start();
    bob.start();
    await Promise.all([alice.ready(), bob.ready()]);
    await Promise.all([alice.meet(bob.card), bob.meet(alice.card)]);
    this.#talks = setInterval(() => this.#talk(), SAY_MS);
    for (let kill = 0; kill < kills;) {
      const victim = this.#people[drawing.share() < 0.5 ? "alice" : "bob"];
      await sleep(drawing.between(RUN_MS_MIN, Math.max(RUN_MS_MAX, counts.startMs.at(-1) ?? 0)));
      for (let again = true; again && kill < kills; kill++) {
        await victim.kill();
        counts.kills[victim.side]++;
        onKill();
        victim.start();
        await victim.opening();
        again = drawing.share() < KILLED_STARTING_SHARE;
        if (!again) continue;
        if (kill + 1 < kills) counts.killedStarting++;
        await sleep(drawing.between(0, START_MS_MAX));
      }
      await victim.ready();
      for (const side of SIDES) await this.#people[side].look();
      const faults = faultsAsWords(this.#judge(false));
      if (faults.length > 0) return faults;
    }
    clearInterval(this.#talks);
    return this.#end();
  }

  async #end(): Promise<string[]> {
    const { counts } = this.#parts;
    const started = performance.now();
    let [left, moved] = [Number.POSITIVE_INFINITY, started];
    for (;;) {
      const now = await this.#undelivered();
      if (now === 0) break;
      if (now !== left) [left, moved] = [now, performance.now()];
      if (performance.now() - moved > STILL_MS_MAX) throw new Stuck(`${left} messages are not delivered any more`);
      await sleep(QUIET_POLL_MS);
    }
    counts.quietMs.push(performance.now() - started);
    await sleep(QUIET_MORE_MS);
    let lost = 0;
    for (const side of SIDES) {
      const person = this.#people[side];
      const { rows } = await person.list(0);
      lost += forgotten(person.rows, rows);
      person.rows = rows;
    }
    await Promise.all(SIDES.map((side) => this.#people[side].stop()));
    counts.said += this.#said.length;
    counts.acknowledged += this.#said.filter(({ acknowledged }) => acknowledged).length;
    for (const side of SIDES)
      counts.delivered += this.#people[side].rows.filter(({ direction }) => direction === "in").length;
    return [...faultsAsWords(this.#judge(true)), ...(lost > 0 ? [`${lost} rows forgotten`] : [])];
  }

  async #undelivered(): Promise<number> {
    let sum = 0;
    for (const side of SIDES) {
      const person = this.#people[side];
      await person.look();
      sum += person.undelivered;
    }
    return sum;
  }

  /** Who runs says something now and then. */
  #talk(): void {
    const { drawing } = this.#parts;
    for (const side of SIDES) {
      const person = this.#people[side];
      if (!person.isReady || drawing.share() >= SAY_SHARE || person.undelivered >= PENDING_MAX) continue;
      const body = drawing.body();
      const number = this.#said.push({ from: side, digest: digestOf(body), acknowledged: false }) - 1;
      person.say(number, body);
    }
  }

  #acknowledge(number: number): void {
    const said = this.#said[number];
    if (said !== undefined) said.acknowledged = true;
  }

  #judge(isOver: boolean): Faults {
    return judge(this.#said, this.#people, isOver);
  }
}

function faultsAsWords(faults: Faults): string[] {
  return Object.entries(faults).flatMap(([fault, count]) => (count > 0 ? [`${count} ${fault}`] : []));
}
