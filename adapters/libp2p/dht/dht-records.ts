import type { KadDHT, QueryEvent } from "@libp2p/kad-dht";
import type { Clock, Millis } from "../../../core/node/index.ts";
import { supersedes, verifyRecord } from "../../../core/record/index.ts";
import { BoundedMap } from "../../../core/safety/index.ts";
import type { Suite } from "../../../core/suite/index.ts";
import { Turns } from "../turns.ts";
import { type OwnRecord, OwnRecords } from "./own-records.ts";
import { dhtKey } from "./record-keys.ts";
import type { HeldRecord } from "./record-store.ts";

/** A lookup takes at most so long. */
export const GET_MS_MAX = 8_000;
/** Once there is an answer, others that may be newer are waited for: so long, or until so many peers have answered. */
export const GET_MORE_MS = 1_000;
export const GET_ANSWERS = 4;
/** Lookups under way, and those that wait for them; a further one finds nothing. */
export const GETS_AT_ONCE = 6;
export const GETS_WAITING_MAX = 512;
/** Records that are remembered once they were found; beyond it the one found longest ago is forgotten. */
export const FOUND_MAX = 512;
export const PUT_MS_MAX = 30_000;
export const PUTS_AT_ONCE = 4;
/** At most one record is put in this time: a small network's peers get two messages of each, and have their limits. */
const PUT_PAUSE_MS = 50;

/** The DHT, and what of it this node holds itself. */
type Dht = Pick<KadDHT, "get" | "put"> & { held?(address: Uint8Array): HeldRecord | undefined };

type Found = (value: Uint8Array | undefined) => void;

/** The core's record store over the DHT. What is found is verified here too: it comes from anybody. */
export class DhtRecords {
  readonly #dht: Dht;
  readonly #suite: Suite;
  readonly #clock: Clock;
  readonly #own = new OwnRecords();
  /** By address: the newest that was found, so that whoever hands out older ones takes nothing back. */
  readonly #found = new BoundedMap<string, HeldRecord>(FOUND_MAX);
  readonly #gets = new Turns(GETS_AT_ONCE, GETS_WAITING_MAX);
  /** Address → who waits for the lookup of it that is under way. */
  readonly #wanted = new Map<string, Found[]>();
  readonly #stop = new AbortController();
  #putsUnderway = 0;
  #cancel: (() => void) | undefined;

  constructor(dht: Dht, suite: Suite, clock: Clock) {
    this.#dht = dht;
    this.#suite = suite;
    this.#clock = clock;
  }

  /** Kept here until it expires, and put at the peers that are nearest to it, again and again. */
  put(address: Uint8Array, value: Uint8Array, expires: Millis): void {
    const now = this.#clock.now();
    if (this.#stop.signal.aborted || expires <= now || !verifyRecord(this.#suite, address, value, now).ok) return;
    this.#own.put({ address, value, expires }, now);
    this.#wakeAt(now);
  }

  /** Calls back exactly once, later; undefined when nothing that verifies was found in time. */
  get(address: Uint8Array, done: Found): void {
    const own = this.#ownAt(address);
    const name = Buffer.from(address).toString("hex");
    const waiting = this.#wanted.get(name);
    if (own !== undefined || this.#stop.signal.aborted) setImmediate(done, own?.slice());
    else if (waiting !== undefined && waiting.length < GETS_WAITING_MAX) waiting.push(done);
    else if (waiting !== undefined) setImmediate(done, undefined);
    else {
      const wanted = new Uint8Array(address);
      const taken = this.#gets.take(async () => {
        const value = this.#newestOf(name, wanted, await this.#find(wanted));
        const all = this.#wanted.get(name) ?? [];
        this.#wanted.delete(name);
        for (const each of all) each(value?.slice());
      });
      if (taken) this.#wanted.set(name, [done]);
      else setImmediate(done, undefined);
    }
  }

  /** Lookups under way find what they have found so far. */
  stop(): void {
    this.#stop.abort();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** What this node put, or what another put there since: several devices may hold the key of an address. */
  #ownAt(address: Uint8Array): Uint8Array | undefined {
    const now = this.#clock.now();
    const value = this.#own.get(address, now)?.value;
    const held = this.#dht.held?.(address);
    if (value === undefined || held === undefined) return value;
    const verified = verifyRecord(this.#suite, address, value, now);
    return !verified.ok || supersedes(held.record, verified.value, held.value, value) ? held.value : value;
  }

  /** What was found now, or what was before, when that is newer and still good. */
  #newestOf(name: string, address: Uint8Array, found: HeldRecord | undefined): Uint8Array | undefined {
    const before = this.#found.get(name);
    const isGood = before !== undefined && verifyRecord(this.#suite, address, before.value, this.#clock.now()).ok;
    if (before !== undefined && !isGood) this.#found.delete(name);
    if (isGood && (found === undefined || supersedes(before.record, found.record, before.value, found.value))) {
      return before.value;
    }
    // Content is found as it is, or not at all.
    if (found?.record.kind === "signed") this.#found.set(name, found);
    return found?.value;
  }

  async #find(address: Uint8Array): Promise<HeldRecord | undefined> {
    const enough = new AbortController();
    const signal = AbortSignal.any([enough.signal, this.#stop.signal, AbortSignal.timeout(GET_MS_MAX)]);
    const answered = new Set<string>();
    let more: NodeJS.Timeout | undefined;
    let best: HeldRecord | undefined;
    try {
      for await (const event of this.#dht.get(dhtKey(address), { signal })) {
        const answer = answerIn(event);
        const verified = answer && verifyRecord(this.#suite, address, answer.value, this.#clock.now());
        if (answer === undefined || verified?.ok !== true) continue;
        // A socket gives Buffers, whose slices would be views of what it received.
        const held = { value: new Uint8Array(answer.value), record: verified.value };
        if (best === undefined || supersedes(held.record, best.record, held.value, best.value)) best = held;
        answered.add(answer.from);
        // There is only one content.
        if (held.record.kind === "content" || answered.size >= GET_ANSWERS) break;
        more ??= setTimeout(() => enough.abort(), GET_MORE_MS);
      }
    } catch {
      // Out of time, or a peer that would not take the newer record: what was found is found.
    } finally {
      clearTimeout(more);
    }
    return best;
  }

  /** Puts one record that is due, and comes back. */
  #putDue(): void {
    this.#cancel = undefined;
    if (this.#stop.signal.aborted || this.#putsUnderway >= PUTS_AT_ONCE) return;
    const now = this.#clock.now();
    const due = this.#own.takeDue(now);
    if (due !== undefined) void this.#spread(due);
    const next = this.#own.nextDueAt(now);
    if (next !== undefined) this.#wakeAt(Math.max(next, now + PUT_PAUSE_MS));
  }

  #wakeAt(time: Millis): void {
    this.#cancel?.();
    this.#cancel = this.#clock.at(time, () => this.#putDue());
  }

  async #spread(record: OwnRecord): Promise<void> {
    this.#putsUnderway++;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PUT_MS_MAX)]);
    let peers = 0;
    try {
      for await (const event of this.#dht.put(dhtKey(record.address), record.value, { signal })) {
        if (event.name === "PEER_RESPONSE" && event.messageName === "PUT_VALUE") peers++;
      }
    } catch {
      // Nobody there, or not all in time: whoever took it has it.
    }
    this.#putsUnderway--;
    if (this.#stop.signal.aborted) return;
    const now = this.#clock.now();
    this.#own.placed(record, peers, now);
    this.#wakeAt(Math.min(this.#own.nextDueAt(now) ?? now, now + PUT_PAUSE_MS));
  }
}

/** A peer's answer counts as it comes: the library's own verdict waits for peers that hold an older one to take it. */
function answerIn(event: QueryEvent): { readonly value: Uint8Array; readonly from: string } | undefined {
  const value = event.name === "VALUE" ? event.value : event.name === "PEER_RESPONSE" ? event.record?.value : undefined;
  return value === undefined || !("from" in event) ? undefined : { value, from: event.from.toString() };
}
