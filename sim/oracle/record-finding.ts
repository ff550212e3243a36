import { contentRecord } from "../../core/record/index.ts";
import type { Party, World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

const BODY_BYTES = 64;
/** Records are kept for as long as any scenario takes. */
const LIFE_MS = 6 * 86_400_000;

/** A record that somebody put, and that everybody is to find. */
export interface Publication {
  readonly address: Uint8Array;
  readonly author: string;
}

interface Search {
  readonly reader: string;
  readonly atMs: number;
  foundMs: number | undefined;
}

const searches = new WeakMap<World, Search[]>();

/** What `author` is going to put at {@link publish}: its address is known before. */
export function draft(world: World, author: Party): Publication & { publish(): void } {
  const { address, value } = contentRecord(world.suite, world.stream.bytes(BODY_BYTES));
  const publish = (): void => world.network.putRecord(address, value, world.kernel.now + LIFE_MS, author.name);
  return { address, author: author.name, publish };
}

/** Looks a record up that has been published, for the {@link recordFinding} oracle. Nothing while the reader is down. */
export function seek(world: World, reader: Party, { address }: Publication): void {
  if (!reader.machine.up) return;
  const search: Search = { reader: reader.name, atMs: world.kernel.elapsed, foundMs: undefined };
  searches.set(world, [...(searches.get(world) ?? []), search]);
  world.network.getRecord(reader.name, address, (value) => {
    if (value !== undefined) search.foundMs = world.kernel.elapsed;
  });
}

/** Whatever was published is found: `share` of the lookups at least, each within the bound. */
export function recordFinding(boundMs: number, share = 1): Oracle {
  return {
    name: "record-finding",
    demand: "a published record is found by whoever looks for it, within the scenario's bound",
    watch(world, judge) {
      return {
        ended() {
          const all = searches.get(world) ?? [];
          const found = all.filter(({ atMs, foundMs }) => foundMs !== undefined && foundMs - atMs <= boundMs);
          world.counts.set("lookups", all.length);
          world.counts.set("lookups that found", found.length);
          judge.check(all.length > 0, () => "nothing was looked for");
          const first = all.find((search) => !found.includes(search));
          judge.check(
            found.length >= share * all.length,
            () =>
              `${all.length - found.length} of ${all.length} lookups found nothing in time: ${first?.reader ?? ""} at ${first?.atMs ?? 0} ms`,
          );
        },
      };
    },
  };
}
