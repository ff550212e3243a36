/**
 * What every implementation of a port has to do, simulated or real. The maker lets time pass, so that nothing
 * here depends on which time it is.
 */
import { afterEach, describe, expect, test } from "vitest";
import { ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import { ANCHOR_BYTES } from "../logstore/index.ts";
import type { LogStorage, Millis, StoredLog, Transport } from "./ports.ts";

/** Lets time pass until `reached` holds; virtual time may as well run on until nothing is left to happen. */
export type Settle = (reached: () => boolean) => Promise<void> | void;

export interface LogStorageBench {
  /** New and empty. */
  readonly storage: LogStorage;
  /** Ends the storage, with nothing under way, and opens what it left behind. */
  restart(): Promise<LogStorage> | LogStorage;
  settle: Settle;
  end?(): Promise<void> | void;
}

export interface TransportBench {
  /** Two that reach one another without loss, and ask one another for records. */
  readonly transports: readonly [Transport, Transport];
  /** The time that records expire by. */
  now(): Millis;
  /** Moves that time; absent where the maker cannot. */
  advance?(ms: number): Promise<void> | void;
  settle: Settle;
  end?(): Promise<void> | void;
}

export function logStorageConformance(name: string, make: () => Promise<LogStorageBench> | LogStorageBench): void {
  describe(`${name} conforms as log storage`, () => {
    let bench: LogStorageBench | undefined;
    afterEach(async () => {
      await bench?.end?.();
      bench = undefined;
    });

    async function open(): Promise<LogStorageBench> {
      bench = await make();
      return bench;
    }

    async function stored({ settle }: LogStorageBench, storage: LogStorage): Promise<StoredLog> {
      let found: StoredLog | undefined;
      storage.read((value) => (found = value));
      await settle(() => found !== undefined);
      if (found === undefined) throw new Error("read did not call back");
      return found;
    }

    async function written(
      { settle }: LogStorageBench,
      write: (done: (failure?: Error) => void) => void,
    ): Promise<void> {
      const calls: (Error | undefined)[] = [];
      write((failure) => calls.push(failure));
      await settle(() => calls.length > 0);
      expect(calls).toEqual([undefined]);
    }

    test("a new one is empty and has no anchor", async () => {
      const made = await open();
      expect(await stored(made, made.storage)).toEqual({ log: new Uint8Array(0), anchor: undefined });
    });

    test("what was appended is read in order, with the last anchor, and so after a restart", async () => {
      const made = await open();
      for (let mark = 1; mark <= 3; mark++) {
        await written(made, (done) => made.storage.append(filled(mark, mark), anchorOf(mark), done));
      }
      const expected = { log: new Uint8Array([1, 2, 2, 3, 3, 3]), anchor: anchorOf(3) };
      expect(await stored(made, made.storage)).toEqual(expected);
      const after = await made.restart();
      expect(await stored(made, after)).toEqual(expected);
      await written(made, (done) => after.append(filled(1, 4), anchorOf(4), done));
      expect(await stored(made, after)).toEqual({ log: new Uint8Array([1, 2, 2, 3, 3, 3, 4]), anchor: anchorOf(4) });
    });

    test("a replacement supersedes everything before, and is appended to, and so after a restart", async () => {
      const made = await open();
      await written(made, (done) => made.storage.append(filled(9, 1), anchorOf(1), done));
      await written(made, (done) => made.storage.replace(filled(2, 2), anchorOf(2), done));
      expect(await stored(made, made.storage)).toEqual({ log: filled(2, 2), anchor: anchorOf(2) });
      await written(made, (done) => made.storage.append(filled(1, 3), anchorOf(3), done));
      const expected = { log: new Uint8Array([2, 2, 3]), anchor: anchorOf(3) };
      expect(await stored(made, made.storage)).toEqual(expected);
      expect(await stored(made, await made.restart())).toEqual(expected);
    });

    test("a first replacement needs nothing to replace", async () => {
      const made = await open();
      await written(made, (done) => made.storage.replace(filled(3, 1), anchorOf(1), done));
      expect(await stored(made, await made.restart())).toEqual({ log: filled(3, 1), anchor: anchorOf(1) });
    });

    test("callbacks come once each, in the order of the calls, and never from within one", async () => {
      const { settle, storage } = await open();
      const calls: string[] = [];
      storage.append(filled(40_000, 1), anchorOf(1), () => calls.push("append"));
      storage.replace(filled(20_000, 2), anchorOf(2), () => calls.push("replace"));
      storage.append(filled(1, 3), anchorOf(3), () => calls.push("append again"));
      let read: StoredLog | undefined;
      storage.read((value) => {
        read = value;
        calls.push("read");
      });
      storage.append(filled(1, 4), anchorOf(4), () => calls.push("append after"));
      expect(calls).toEqual([]);
      await settle(() => calls.length >= 5);
      expect(calls).toEqual(["append", "replace", "append again", "read", "append after"]);
      expect(read).toEqual({ log: new Uint8Array([...filled(20_000, 2), 3]), anchor: anchorOf(3) });
    });

    test("what a reader does to its bytes does not reach the log", async () => {
      const made = await open();
      await written(made, (done) => made.storage.append(filled(4, 1), anchorOf(1), done));
      const { anchor, log } = await stored(made, made.storage);
      log.fill(9);
      anchor?.fill(9);
      expect(await stored(made, made.storage)).toEqual({ log: filled(4, 1), anchor: anchorOf(1) });
    });
  });
}

export function transportConformance(name: string, make: () => Promise<TransportBench> | TransportBench): void {
  describe(`${name} conforms as transport`, () => {
    let bench: TransportBench | undefined;
    afterEach(async () => {
      await bench?.end?.();
      bench = undefined;
    });

    async function open(): Promise<TransportBench> {
      bench = await make();
      return bench;
    }

    async function found({ settle }: TransportBench, transport: Transport, address: Uint8Array) {
      const calls: (Uint8Array | undefined)[] = [];
      transport.getRecord(address, (value) => calls.push(value));
      expect(calls).toEqual([]);
      await settle(() => calls.length > 0);
      expect(calls).toHaveLength(1);
      return calls[0];
    }

    test("bytes of every length arrive exactly", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const arrived = arrivalsAt(b);
      const sent = [0, 1, 255, 512, 16_384, ENVELOPE_BYTES_MAX].map((length) => patterned(length));
      for (const bytes of sent) a.send(b.address, bytes);
      expect(arrived).toEqual([]);
      await settle(() => arrived.length >= sent.length);
      // No order is promised.
      expect(arrived.map(({ bytes }) => bytes).sort((x, y) => x.length - y.length)).toEqual(sent);
    });

    test("the address that bytes came from takes the answer to their sender", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const [atA, atB] = [arrivalsAt(a), arrivalsAt(b)];
      a.send(b.address, patterned(3));
      await settle(() => atB.length > 0);
      b.send(atB[0]?.from as string, patterned(5));
      await settle(() => atA.length > 0);
      expect(atA.map(({ bytes }) => bytes)).toEqual([patterned(5)]);
      expect(atB).toHaveLength(1);
    });

    test("what is longer than an envelope is refused without an exception, and what follows it arrives", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const arrived = arrivalsAt(b);
      a.send(b.address, patterned(ENVELOPE_BYTES_MAX + 1));
      a.send(b.address, patterned(7));
      await settle(() => arrived.length > 0);
      expect(arrived.map(({ bytes }) => bytes)).toEqual([patterned(7)]);
    });

    test("an address that is none is loss, not an exception", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const arrived = arrivalsAt(b);
      for (const to of ["", "nowhere", "/ip4/127.0.0.1/tcp/0", "\0"]) a.send(to, patterned(1));
      a.send(b.address, patterned(2));
      await settle(() => arrived.length > 0);
      expect(arrived.map(({ bytes }) => bytes)).toEqual([patterned(2)]);
    });

    test("a record is found by its address, by its publisher and by others, and an absent one is undefined", async () => {
      const made = await open();
      const [a, b] = made.transports;
      a.putRecord(filled(32, 1), patterned(4_096), made.now() + 60_000);
      a.putRecord(filled(32, 2), patterned(2), made.now() + 60_000);
      expect(await found(made, b, filled(32, 1))).toEqual(patterned(4_096));
      expect(await found(made, b, filled(32, 2))).toEqual(patterned(2));
      expect(await found(made, a, filled(32, 1))).toEqual(patterned(4_096));
      expect(await found(made, b, filled(32, 3))).toBeUndefined();
    });

    test("a record published again supersedes the one before", async () => {
      const made = await open();
      const [a, b] = made.transports;
      a.putRecord(filled(32, 1), patterned(2), made.now() + 60_000);
      expect(await found(made, b, filled(32, 1))).toEqual(patterned(2));
      a.putRecord(filled(32, 1), patterned(3), made.now() + 60_000);
      expect(await found(made, b, filled(32, 1))).toEqual(patterned(3));
    });

    test("a record that is longer than an envelope, or expired when published, is not kept", async () => {
      const made = await open();
      const [a, b] = made.transports;
      a.putRecord(filled(32, 1), patterned(ENVELOPE_BYTES_MAX + 1), made.now() + 60_000);
      a.putRecord(filled(32, 2), patterned(1), made.now());
      expect(await found(made, b, filled(32, 1))).toBeUndefined();
      expect(await found(made, b, filled(32, 2))).toBeUndefined();
    });

    test("a record is gone once it expired, where time can be moved", async (context) => {
      const made = await open();
      if (made.advance === undefined) return context.skip();
      const [a, b] = made.transports;
      a.putRecord(filled(32, 1), patterned(1), made.now() + 3_600_000);
      a.putRecord(filled(32, 2), patterned(2), made.now() + 7_200_000);
      expect(await found(made, b, filled(32, 1))).toEqual(patterned(1));
      await made.advance(3_600_000);
      expect(await found(made, b, filled(32, 1))).toBeUndefined();
      expect(await found(made, b, filled(32, 2))).toEqual(patterned(2));
    });
  });
}

interface Arrival {
  readonly from: string;
  readonly bytes: Uint8Array;
}

function arrivalsAt(transport: Transport): Arrival[] {
  const arrivals: Arrival[] = [];
  transport.onReceive((from, bytes) => arrivals.push({ from, bytes }));
  return arrivals;
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** Different at every place and for every length. */
function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) + length) & 0xff);
}

function anchorOf(mark: number): Uint8Array {
  return filled(ANCHOR_BYTES, mark);
}
