import { bytesToHex } from "@noble/hashes/utils.js";
import { decode } from "../../core/codec/index.ts";
import { GOSSIP_BYTES_MAX, gossipCodec, type LogId } from "../../core/node/index.ts";
import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** A directory that signs two histories. */
export interface DeclaredEquivocation {
  readonly log: LogId;
  /** Whether enough witnesses sign both histories: where they do not, nobody accepts a head of the second. */
  readonly passes: boolean;
  /** How long after two honest nodes with different heads of one epoch have met everybody convicts. */
  readonly boundMs: number;
  /** When everybody has convicted in any case; undefined where it may be that no two such nodes meet. */
  readonly byMs?: number;
}

const declared = new WeakMap<World, DeclaredEquivocation[]>();

/** Announces to {@link conviction} and {@link headAgreement} that this log will equivocate. */
export function declareEquivocation(world: World, equivocation: DeclaredEquivocation): void {
  declared.set(world, [...(declared.get(world) ?? []), equivocation]);
}

export function equivocationOf(world: World, log: LogId): DeclaredEquivocation | undefined {
  return declared.get(world)?.find((one) => one.log === log);
}

/**
 * Evidence goes everywhere: once two honest nodes that hold different heads of one epoch have met, every honest
 * follower convicts in time. They have met when the gossip of one, with a head of that log, reached the other.
 */
export const conviction: Oracle = {
  name: "conviction",
  demand: "an equivocation that two honest nodes could notice convicts the directory everywhere, and nothing else does",
  watch(world, judge) {
    /** By log, then by party: hashes of accepted heads by epoch. */
    const held = new Map<LogId, Map<string, Map<number, string>>>();
    const metAtMs = new Map<LogId, number>();
    const convictedAtMs = new Map<string, number>();

    const disagree = (log: LogId, a: string, b: string): boolean => {
      const [one, other] = [held.get(log)?.get(a), held.get(log)?.get(b)];
      if (one === undefined || other === undefined) return false;
      return [...one].some(([epoch, hash]) => (other.get(epoch) ?? hash) !== hash);
    };
    world.network.tap(
      ({ bytes, from, to }) => {
        const suspected = (declared.get(world) ?? []).filter(({ log }) => !metAtMs.has(log) && disagree(log, from, to));
        if (suspected.length === 0) return;
        const gossip = decode(gossipCodec, bytes, GOSSIP_BYTES_MAX);
        if (!gossip.ok || gossip.value.kind !== "head") return;
        const about = bytesToHex(gossip.value.head.head.log);
        if (suspected.some(({ log }) => log === about)) metAtMs.set(about, world.kernel.elapsed);
      },
      ["gossip"],
      "arrives",
    );

    return {
      event(party, event) {
        if (!world.isHonest(party)) return;
        if (event.kind === "directory.head") {
          const { epoch, hash, log } = event;
          const parties = held.get(log) ?? new Map<string, Map<number, string>>();
          const heads = parties.get(party.name) ?? new Map<number, string>();
          held.set(log, parties.set(party.name, heads.set(epoch, hash)));
        } else if (event.kind === "directory.convicted") {
          const guilty = equivocationOf(world, event.log) !== undefined;
          judge.check(guilty, () => `${party.name} convicted an honest directory`);
          // Told again at every start.
          const key = `${party.name} ${event.log}`;
          convictedAtMs.set(key, convictedAtMs.get(key) ?? world.kernel.elapsed);
        }
      },
      ended() {
        for (const party of world.parties) {
          if (!party.machine.up) continue;
          for (const log of Object.keys(party.machine.engine.inspect().logs)) {
            const equivocation = equivocationOf(world, log);
            const atMs = convictedAtMs.get(`${party.name} ${log}`);
            if (equivocation === undefined) {
              judge.check(atMs === undefined, () => `${party.name} convicted an honest directory`);
              continue;
            }
            const { boundMs, byMs = Number.POSITIVE_INFINITY } = equivocation;
            const limit = Math.min(byMs, (metAtMs.get(log) ?? Number.POSITIVE_INFINITY) + boundMs);
            const excused = limit === Number.POSITIVE_INFINITY;
            judge.check(excused || atMs !== undefined, () => `${party.name} never convicted an equivocating directory`);
            const late = () => `${party.name} convicted ${(atMs ?? 0) - limit} ms after the bound`;
            judge.check(atMs === undefined || atMs <= limit, late);
          }
        }
      },
    };
  },
};
