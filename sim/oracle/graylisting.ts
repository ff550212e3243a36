import type { Attacker } from "../network/index.ts";
import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** Below it a peer's gossip is ignored. */
const GRAYLIST_SCORE = -40;
const SAMPLE_MS = 1_000;
/** Who has done nothing for so long has stopped. */
const PAUSE_MS = 5_000;

/** Peers `name/0`, `name/1` … abuse gossip. */
export interface DeclaredSpam {
  readonly name: string;
  /** How often, by `kind number victim`. */
  readonly counts: Attacker["counts"];
}

/** One of them at one victim. */
interface Abuse {
  times: number;
  lastMs: number;
  /** Since when it has been listened to, all the while. */
  heardSinceMs: number | undefined;
}

const declared = new WeakMap<World, DeclaredSpam>();

/** Announces spammers to the {@link graylisting} oracle of this world. */
export function declareSpam(world: World, spam: DeclaredSpam): void {
  declared.set(world, spam);
}

/** Nobody listens for longer to whoever abuses gossip; nobody stops listening to anybody else. */
export function graylisting(boundMs: number): Oracle {
  return {
    name: "graylisting",
    demand:
      "whoever goes on abusing gossip is below the graylist threshold, or cut off, in time; nobody honest ever is",
    watch(world, judge) {
      const abuses = new Map<string, Abuse>();
      let longestMs = 0;

      const judgeSpam = ({ counts, name }: DeclaredSpam): void => {
        const nowMs = world.kernel.elapsed;
        for (const [key, times] of Object.entries(counts)) {
          const [kind = "", number = "", victim = ""] = key.split(" ");
          const abuse = abuses.get(key) ?? { times: 0, lastMs: nowMs, heardSinceMs: undefined };
          abuses.set(key, abuse);
          if (times > abuse.times) abuse.lastMs = nowMs;
          abuse.times = times;
          const view = world.network.overlay.view(victim);
          const spammer = `${name}/${number}`;
          const heard = view?.connected.includes(spammer) === true && view.score(spammer) >= GRAYLIST_SCORE;
          const active = nowMs - abuse.lastMs <= PAUSE_MS;
          abuse.heardSinceMs = heard && active ? (abuse.heardSinceMs ?? nowMs) : undefined;
          const heardMs = nowMs - (abuse.heardSinceMs ?? nowMs);
          longestMs = Math.max(longestMs, heardMs);
          judge.check(heardMs <= boundMs, () => `${victim} has listened to ${spammer} (${kind}) for ${heardMs} ms`);
        }
      };

      const judgeHonest = (spammers: string | undefined): void => {
        for (const { name } of world.parties) {
          const view = world.network.overlay.view(name);
          if (view === undefined) continue;
          const peers = new Set([...view.connected, ...world.parties.map((party) => party.name)]);
          for (const peer of peers) {
            if (spammers !== undefined && peer.startsWith(`${spammers}/`)) continue;
            const score = view.score(peer);
            judge.check(score >= GRAYLIST_SCORE, () => `${name} graylists ${peer}, who is honest, at ${score}`);
          }
        }
      };

      world.every(SAMPLE_MS, Number.POSITIVE_INFINITY, () => {
        const spam = declared.get(world);
        if (spam !== undefined) judgeSpam(spam);
        judgeHonest(spam?.name);
      });

      return {
        ended() {
          judge.check(abuses.size > 0, () => "nobody abused anything, and so showed nothing");
          world.counts.set("spammers heard, ms at most", longestMs);
          for (const [key, { times }] of abuses) {
            const [kind = ""] = key.split(" ");
            world.counts.set(`spam ${kind}`, (world.counts.get(`spam ${kind}`) ?? 0) + times);
          }
        },
      };
    },
  };
}
