import { concatBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { portableSuite as suite } from "../suite/index.ts";
import { LOG_RECORD_BYTES_MAX, recover } from "./index.ts";
import { at, expectPrefix, intactRecords, logOf, write } from "./logs.testing.ts";

const SEED = 0x10c;

describe("whatever happens to a log", () => {
  const lists = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 7 });
  const pick = fc.nat();

  /** The bytes of `records`, changed in one way; `foreign` are records of other logs. */
  const changes: Record<string, (records: Uint8Array[], foreign: Uint8Array[], a: number, b: number) => Uint8Array[]> =
    {
      duplicated: (records, _, a, b) => records.toSpliced(b % (records.length + 1), 0, at(records, a % records.length)),
      dropped: (records, _, a) => records.toSpliced(a % records.length, 1),
      swapped: (records, _, a, b) => {
        const [i, j] = [a % records.length, b % records.length];
        return records.with(i, at(records, j)).with(j, at(records, i));
      },
      inserted: (records, foreign, a, b) =>
        records.toSpliced(b % (records.length + 1), 0, at(foreign, a % foreign.length)),
      exchanged: (records, foreign, a, b) => records.with(b % records.length, at(foreign, a % foreign.length)),
      flipped: (records, _, a, b) => {
        const record = at(records, a % records.length).slice();
        record[b % record.length] = (record[b % record.length] as number) ^ (1 + (a % 255));
        return records.with(a % records.length, record);
      },
      cut: (records, _, a) => [concatBytes(...records).slice(0, a % concatBytes(...records).length)],
      spliced: (records, _, a, b) => {
        const log = concatBytes(...records);
        const [from, to] = [a % log.length, b % log.length].sort((x, y) => x - y) as [number, number];
        return [log.subarray(0, from), log.subarray(to + 1)];
      },
    };

  test.each(Object.entries(changes))("%s: not clean, and nothing lost before it", (_what, change) => {
    const property = fc.property(
      lists,
      lists,
      fc.constantFrom(1, 2, 4),
      pick,
      pick,
      (payloads, others, generation, a, b) => {
        const records = write(2, payloads);
        const foreign = write(generation, others).map(({ bytes }) => bytes);
        const log = logOf(records);
        const changed = concatBytes(
          ...change(
            records.map(({ bytes }) => bytes),
            foreign,
            a,
            b,
          ),
        );
        fc.pre(Buffer.compare(changed, log) !== 0);
        const found = recover(suite, changed, at(records, -1).anchor);
        const intact = intactRecords(records, changed);
        // With a foreign snapshot before it, the log is another one: what it gives first is that, and damaged.
        const led = intact === 0 && found.payloads.length > 0;
        if (led) expect(at(foreign, 0)).toEqual(changed.slice(0, at(foreign, 0).length));
        else expectPrefix(found, records, payloads, intact);
        expect(found.status).toBe(intact === records.length ? "torn" : "damaged");
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  test("a stale anchor or one of another log: not clean, and no record lost", () => {
    const property = fc.property(
      lists,
      lists,
      pick,
      fc.integer({ min: 1, max: 4 }),
      (payloads, others, back, generation) => {
        const records = write(2, payloads);
        const foreign = at(write(generation, others), -1);
        const stale = back % records.length;
        const older = recover(suite, logOf(records), at(records, stale).anchor);
        expect(older.status).toBe(stale >= records.length - 2 ? "clean" : "damaged");
        expectPrefix(older, records, payloads, records.length);
        const lagsOneGeneration = generation === 1 && records.length === 1;
        fc.pre(!records.some(({ anchor }) => Buffer.compare(anchor, foreign.anchor) === 0) && !lagsOneGeneration);
        const alien = recover(suite, logOf(records), foreign.anchor);
        expect(alien.status).toBe("damaged");
        expectPrefix(alien, records, payloads, records.length);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test("recovery is total: any bytes, any claimed lengths, with and without an anchor, also as a Buffer", () => {
    const claims = fc.constantFrom(0, 1, 60, LOG_RECORD_BYTES_MAX, LOG_RECORD_BYTES_MAX + 1, 0xffffffff);
    const header = fc.tuple(
      claims,
      fc.nat(3),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.uint8Array({ maxLength: 99 }),
    );
    const plausible = header.map(([length, generation, sequence, rest]) => {
      const bytes = new Uint8Array(16);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, length);
      view.setUint32(4, generation);
      view.setBigUint64(8, sequence & 1n);
      return concatBytes(bytes, rest);
    });
    const noise = fc.oneof(fc.uint8Array({ maxLength: 200 }), plausible);
    const property = fc.property(
      lists,
      noise,
      fc.boolean(),
      fc.option(fc.uint8Array({ maxLength: 60 })),
      (payloads, tail, led, loose) => {
        const records = led ? write(1, payloads) : [];
        const log = Buffer.from(concatBytes(logOf(records), tail));
        const anchor = loose ?? records.at(-1)?.anchor;
        const found = recover(suite, log, anchor);
        log.fill(0xee);
        expect(found.payloads).toEqual(records.map((_, i) => payloads[i]));
        expect(found.validBytes).toBe(log.length - tail.length);
        if (tail.length > 0) expect(["torn", "damaged"]).toContain(found.status);
        if (loose !== null) expect(found.status).toBe("damaged");
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});
