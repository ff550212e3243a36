import { readM1 } from "../../core/handshake/index.ts";
import { cardFromBytes } from "../../core/identity/index.ts";
import type { LogId } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** A first message is repeated for as long; the heads that it binds were fresh when it was made. */
const HANDSHAKE_MS = 120_000;

/** Some people are kept from every newer head of a log. */
export interface DeclaredFreeze {
  readonly log: LogId;
  /** Names of the people. */
  readonly victims: ReadonlySet<string>;
  /** When the last head that they could get was made, at the latest; since the run began. */
  readonly fromMs: number;
  /** What their settings call the greatest age of a head. */
  readonly headAgeMsMax: number;
  /** How long after that age they notice. */
  readonly boundMs: number;
}

const declared = new WeakMap<World, DeclaredFreeze[]>();

/** Announces a freeze to the {@link freshness} oracle. */
export function declareFreeze(world: World, freeze: DeclaredFreeze): void {
  declared.set(world, [...(declared.get(world) ?? []), freeze]);
}

/** Who is kept in the past notices, and begins nothing on the strength of it. */
export const freshness: Oracle = {
  name: "freshness",
  demand:
    "a freeze is reported in time by everybody it holds, by nobody else, and no conversation begins on an old head",
  watch(world, judge) {
    /** When the epoch of a log was first accepted by anybody: no later head of it is older. */
    const bornMs = new Map<string, number>();
    const newestMs = new Map<string, number>();
    const reportedMs = new Map<string, number>();
    const frozen = (name: string) => (declared.get(world) ?? []).find(({ victims }) => victims.has(name));

    world.network.tap(({ bytes, from, to }) => {
      const freeze = frozen(from);
      const [sender, receiver] = [from, to].map((name) => world.people.find((person) => person.name === name));
      if (freeze === undefined || sender === undefined || receiver === undefined) return;
      const contact = sender.machine.engine.contacts().find(({ account }) => account === receiver.account);
      if (contact?.trust !== "directory") return;
      const card = cardFromBytes(receiver.card);
      assert(card.ok, "a person's own card must decode");
      if (!readM1(world.suite, card.value.introduction, bytes).ok) return;
      const ageMs = world.kernel.elapsed - (newestMs.get(`${from} ${freeze.log}`) ?? 0);
      const late = ageMs > freeze.headAgeMsMax + HANDSHAKE_MS;
      judge.check(!late, () => `${from} begins a conversation on a head that is ${ageMs} ms old`);
    });

    return {
      event(party, event) {
        if (!world.isHonest(party)) return;
        if (event.kind === "directory.head") {
          const epoch = `${event.log} ${event.epoch}`;
          const born = bornMs.get(epoch) ?? world.kernel.elapsed;
          bornMs.set(epoch, born);
          newestMs.set(`${party.name} ${event.log}`, born);
        } else if (event.kind === "directory.frozen") {
          const key = `${party.name} ${event.log}`;
          reportedMs.set(key, reportedMs.get(key) ?? world.kernel.elapsed);
          const held = frozen(party.name)?.log === event.log;
          judge.check(held, () => `${party.name} reports a freeze that there is not: ${event.reason}`);
        }
      },
      ended() {
        for (const { boundMs, fromMs, headAgeMsMax, log, victims } of declared.get(world) ?? []) {
          for (const name of victims) {
            const atMs = reportedMs.get(`${name} ${log}`);
            const limit = fromMs + headAgeMsMax + boundMs;
            judge.check(atMs !== undefined, () => `${name} never noticed that it was kept in the past`);
            const late = () => `${name} noticed ${(atMs ?? 0) - limit} ms too late that it was kept in the past`;
            judge.check(atMs === undefined || atMs <= limit, late);
          }
        }
        judge.check(true, () => "");
      },
    };
  },
};
