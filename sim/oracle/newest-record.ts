import { bytesToHex } from "@noble/hashes/utils.js";
import { bundleAddress, cardFromBytes } from "../../core/identity/index.ts";
import { supersedes, type VerifiedRecord, verifyRecord } from "../../core/record/index.ts";
import { assert } from "../../core/safety/index.ts";
import type { Person, World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** Between a lookup that did not give the newest record and the next. */
const PAUSE_MS = 1_000;

interface Held {
  readonly value: Uint8Array;
  readonly record: VerifiedRecord;
}

/** What one person looks for, until it is found. */
interface Quest {
  readonly reader: string;
  readonly atMs: number;
  foundMs: number | undefined;
  lookups: number;
}

const quests = new WeakMap<World, Quest[]>();

/** Where the prekey bundle of somebody is stored: 32 bytes. */
export function bundleOf(world: World, person: Person): Uint8Array {
  const card = cardFromBytes(person.card);
  assert(card.ok, "a person's own card must decode");
  return bundleAddress(world.suite, card.value.introduction);
}

/**
 * Somebody looks for what is at an address, again and again until it has what is the newest now, or a newer one; judged
 * by {@link newestRecord}. Nothing while nothing is stored there, or the reader is down.
 */
export function seekNewest(world: World, reader: Person, address: Uint8Array): void {
  const newest = world.network.records.get(bytesToHex(address));
  if (newest === undefined || !reader.machine.up) return;
  const quest: Quest = { reader: reader.name, atMs: world.kernel.elapsed, foundMs: undefined, lookups: 0 };
  quests.set(world, [...(quests.get(world) ?? []), quest]);
  const look = (): void => {
    quest.lookups++;
    world.network.getRecord(reader.name, address, (value) => {
      const found = value && verifyRecord(world.suite, address, value, world.kernel.now);
      const older = found?.ok !== true || supersedes(newest.verified, found.value, newest.value, value ?? newest.value);
      if (older) world.kernel.after(PAUSE_MS, look);
      else quest.foundMs = world.kernel.elapsed;
    });
  };
  look();
}

/** Whatever storing peers say, people find what was published last, and nothing takes it from them again. */
export function newestRecord(boundMs: number): Oracle {
  return {
    name: "newest-record",
    demand:
      "whoever looks for a record has the newest within the scenario's bound, and is handed none that does not verify or is older than what it had",
    watch(world, judge) {
      /** By reader, where it is, and address. */
      const had = new Map<string, Held>();
      const watchLookups = (): void =>
        world.network.alterRecords((value, address, reader) => {
          const verified = verifyRecord(world.suite, address, value, world.kernel.now);
          judge.check(verified.ok, () => `${reader} was handed a record that does not verify`);
          if (!verified.ok) return value;
          const key = `${reader} ${world.network.addressOf(reader)} ${bytesToHex(address)}`;
          const before = had.get(key);
          const older = before !== undefined && supersedes(before.record, verified.value, before.value, value);
          judge.check(!older, () => `${reader} was handed an older record than it had`);
          if (!older) had.set(key, { value: value.slice(), record: verified.value });
          return value;
        });
      watchLookups();
      return {
        // Who alters records is gone by then, and so is who only looks at them.
        healed: watchLookups,
        ended() {
          const nowMs = world.kernel.elapsed;
          const all = quests.get(world) ?? [];
          judge.check(all.length > 0, () => "nobody looked for anything");
          let longestMs = 0;
          for (const { atMs, foundMs, lookups, reader } of all) {
            // What began a moment before the end is not late.
            if (foundMs === undefined && nowMs - atMs <= boundMs) continue;
            const tookMs = (foundMs ?? nowMs) - atMs;
            longestMs = Math.max(longestMs, tookMs);
            const what = foundMs === undefined ? "has not found" : "found";
            const late = () =>
              `${reader} ${what} the newest record, sought at ${atMs} ms, ${tookMs} ms and ${lookups} lookups later`;
            judge.check(tookMs <= boundMs, late);
          }
          world.counts.set("quests", all.length);
          world.counts.set(
            "quests' lookups",
            all.reduce((sum, { lookups }) => sum + lookups, 0),
          );
          world.counts.set("quests, ms at most", longestMs);
        },
      };
    },
  };
}
