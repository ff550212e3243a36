/**
 * What every implementation of a port has to do, simulated or real. The maker lets time pass, so that nothing
 * here depends on which time it is.
 */
import { afterEach, describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import { CARD_ADDRESS_BYTES_MAX, CARD_ADDRESSES_MAX } from "../identity/index.ts";
import { ANCHOR_BYTES } from "../logstore/index.ts";
import { WITNESSES_MAX } from "../quorum/index.ts";
import {
  type AddressedRecord,
  contentRecord,
  RECORD_BODY_BYTES_MAX,
  RECORD_BYTES_MAX,
  recordKeyOf,
  signRecord,
} from "../record/index.ts";
import { Secret } from "../safety/index.ts";
import { BLS_PUBLIC_BYTES, BLS_SIGNATURE_BYTES, portableSuite as suite } from "../suite/index.ts";
import type { IndexWrite } from "../vkd/index.ts";
import { gossipCodec } from "./directory/index.ts";
import {
  ANSWER_BYTES_MAX,
  GOSSIP_BYTES_MAX,
  type IndexStorage,
  type LogStorage,
  type Millis,
  QUESTION_BYTES_MAX,
  type StoredLog,
  type Transport,
} from "./ports.ts";

const HOUR_MS = 3_600_000;

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

export interface IndexStorageBench {
  /** New and empty. */
  readonly storage: IndexStorage;
  /** Ends the storage, with nothing under way, and opens what it left behind. */
  restart(): Promise<IndexStorage> | IndexStorage;
  settle: Settle;
  end?(): Promise<void> | void;
}

export interface TransportBench {
  /** Two that reach one another without loss, ask one another for records, and are neighbours on the gossip mesh. */
  readonly transports: readonly [Transport, Transport];
  /** The time that records expire by. */
  now(): Millis;
  /** Moves that time; absent where the maker cannot. */
  advance?(ms: number): Promise<void> | void;
  /** Has the second transport reached at other addresses from now on, or soon; absent where the maker cannot. */
  relocate?(): Promise<void> | void;
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

export function indexStorageConformance(
  name: string,
  make: () => Promise<IndexStorageBench> | IndexStorageBench,
): void {
  describe(`${name} conforms as index storage`, () => {
    let bench: IndexStorageBench | undefined;
    afterEach(async () => {
      await bench?.end?.();
      bench = undefined;
    });

    async function open(): Promise<IndexStorageBench> {
      bench = await make();
      return bench;
    }

    async function written(
      { settle }: IndexStorageBench,
      storage: IndexStorage,
      writes: readonly IndexWrite[],
    ): Promise<void> {
      const calls: (Error | undefined)[] = [];
      storage.write(writes, (failure) => calls.push(failure));
      await settle(() => calls.length > 0);
      expect(calls).toEqual([undefined]);
    }

    test("what was never written is undefined, what was is found by its whole key, and so after a restart", async () => {
      const made = await open();
      expect(made.storage.get(keyOf(1))).toBeUndefined();
      await written(made, made.storage, [put(keyOf(1), filled(65, 1)), put(keyOf(2), filled(3, 2))]);
      const after = await made.restart();
      for (const key of [keyOf(1).subarray(0, 3), Uint8Array.of(...keyOf(1), 0), keyOf(3), new Uint8Array(0)]) {
        expect(after.get(key)).toBeUndefined();
      }
      expect(after.get(keyOf(1))).toEqual(filled(65, 1));
      expect(after.get(keyOf(2))).toEqual(filled(3, 2));
    });

    test("a later write supersedes, a deletion removes and may find nothing, and so after a restart", async () => {
      const made = await open();
      await written(
        made,
        made.storage,
        [1, 2, 3].map((number) => put(keyOf(number), filled(2, number))),
      );
      await written(made, made.storage, [put(keyOf(1), filled(9, 4)), remove(keyOf(2)), remove(keyOf(7))]);
      const found = (storage: IndexStorage) => [1, 2, 3, 7].map((number) => storage.get(keyOf(number)));
      const expected = [filled(9, 4), undefined, filled(2, 3), undefined];
      expect(found(made.storage)).toEqual(expected);
      const after = await made.restart();
      expect(found(after)).toEqual(expected);
      await written(made, after, [put(keyOf(2), filled(1, 5))]);
      expect(after.get(keyOf(2))).toEqual(filled(1, 5));
    });

    test("of several writes to a key in one batch the last counts, and an empty batch is done too", async () => {
      const made = await open();
      await written(made, made.storage, [put(keyOf(1), filled(1, 1)), remove(keyOf(1)), put(keyOf(1), filled(1, 2))]);
      await written(made, made.storage, [put(keyOf(2), filled(1, 1)), remove(keyOf(2))]);
      await written(made, made.storage, []);
      expect(made.storage.get(keyOf(1))).toEqual(filled(1, 2));
      expect(made.storage.get(keyOf(2))).toBeUndefined();
    });

    test("batches are done in order, once each, each seen from then on and not before, and whole", async () => {
      const { settle, storage } = await open();
      const sizes = [300, 1, 0, 200];
      // Every batch also writes the first keys of the one before.
      const batches = sizes.map((size, mark) =>
        Array.from({ length: size }, (_, at) => put(keyOf(at), filled(8, mark))),
      );
      const calls: number[] = [];
      const seen: string[] = [];
      const look = (): string =>
        [...new Set(Array.from({ length: 300 }, (_, at) => storage.get(keyOf(at))?.[0] ?? -1))].join();
      for (const [mark, writes] of batches.entries()) {
        storage.write(writes, (failure) => {
          calls.push(failure === undefined ? mark : -1);
          seen.push(look());
        });
        expect([calls, look()]).toEqual([[], "-1"]);
      }
      const states = ["-1", "0", "1,0", "1,0", "3,0"];
      await settle(() => {
        expect(look()).toBe(states[calls.length]);
        return calls.length >= sizes.length;
      });
      expect(calls).toEqual([0, 1, 2, 3]);
      expect(seen).toEqual(states.slice(1));
    });

    test("a batch asked for when another is done comes after those that wait", async () => {
      const { settle, storage } = await open();
      const calls: string[] = [];
      storage.write([put(keyOf(1), filled(1, 1))], () => {
        calls.push("first");
        storage.write([put(keyOf(1), filled(1, 3))], () => calls.push("third"));
        expect(storage.get(keyOf(1))).toEqual(filled(1, 1));
      });
      storage.write([put(keyOf(1), filled(1, 2))], () => calls.push("second"));
      await settle(() => calls.length >= 3);
      expect(calls).toEqual(["first", "second", "third"]);
      expect(storage.get(keyOf(1))).toEqual(filled(1, 3));
    });

    test("ten thousand writes are one batch", async () => {
      const made = await open();
      const count = 10_000;
      await written(
        made,
        made.storage,
        Array.from({ length: count }, (_, at) => put(keyOf(at), keyOf(at + 1))),
      );
      const after = await made.restart();
      const wrong = Array.from({ length: count }, (_, at) => at).filter(
        (at) => String(after.get(keyOf(at))) !== String(keyOf(at + 1)),
      );
      expect(wrong).toEqual([]);
      expect(after.get(keyOf(count))).toBeUndefined();
    });

    test("keys and values of 0 to 65,536 bytes are kept exactly", async () => {
      const made = await open();
      const lengths = [0, 1, 31, 255, 4_096, 65_535, 65_536];
      await written(made, made.storage, [
        ...lengths.map((length) => put(patterned(length), patterned(length + 1))),
        ...lengths.map((length) => put(Uint8Array.of(9, length >> 8, length & 0xff, length >> 16), patterned(length))),
      ]);
      const after = await made.restart();
      for (const length of lengths) {
        expect(after.get(patterned(length))).toEqual(patterned(length + 1));
        expect(after.get(Uint8Array.of(9, length >> 8, length & 0xff, length >> 16))).toEqual(patterned(length));
      }
      await written(made, after, [put(new Uint8Array(0), new Uint8Array(0))]);
      expect(after.get(new Uint8Array(0))).toEqual(new Uint8Array(0));
      await written(made, after, [remove(new Uint8Array(0))]);
      expect(after.get(new Uint8Array(0))).toBeUndefined();
    });

    test("what a writer or a reader does to its bytes does not reach the index, nor the other way round", async () => {
      const made = await open();
      const [buffer, value] = [filled(40, 7), filled(5, 1)];
      const key = buffer.subarray(8, 12);
      const pending = written(made, made.storage, [put(key, value)]);
      value.fill(2);
      buffer.fill(3);
      await pending;
      const read = made.storage.get(filled(4, 7));
      expect(read).toEqual(filled(5, 1));
      read?.fill(9);
      expect(made.storage.get(filled(4, 7))).toEqual(filled(5, 1));
      await written(made, made.storage, [put(filled(4, 7), filled(5, 6))]);
      expect(read).toEqual(filled(5, 9));
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

    /** Asks until the record is found: a store may take its time. */
    async function comes({ settle }: TransportBench, transport: Transport, { address, value }: AddressedRecord) {
      let last: Uint8Array | undefined;
      let asking = false;
      await settle(() => {
        if (last !== undefined && Buffer.compare(last, value) === 0) return true;
        if (asking) return false;
        asking = true;
        transport.getRecord(address, (found) => {
          asking = false;
          last = found;
        });
        return false;
      });
      expect(last).toEqual(value);
    }

    /** What `from` put before has arrived wherever it will, once `to` finds what it puts now. */
    async function putAfterwards(made: TransportBench, from: Transport, to: Transport): Promise<void> {
      const last = contentRecord(suite, patterned(77));
      from.putRecord(last.address, last.value, made.now() + HOUR_MS);
      await comes(made, to, last);
    }

    test("each address that a transport says it has reaches it, and a card has room for all", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const arrived = arrivalsAt(b);
      const addresses = [...b.addresses];
      expect(addresses.length).toBeGreaterThan(0);
      expect(addresses.length).toBeLessThanOrEqual(CARD_ADDRESSES_MAX);
      for (const [i, address] of addresses.entries()) {
        expect(Buffer.byteLength(address)).toBeGreaterThan(0);
        expect(Buffer.byteLength(address)).toBeLessThanOrEqual(CARD_ADDRESS_BYTES_MAX);
        a.send(address, patterned(i + 1));
      }
      await settle(() => arrived.length >= addresses.length);
      expect(new Set(arrived.map(({ bytes }) => bytes.length))).toEqual(new Set(addresses.map((_, i) => i + 1)));
    });

    test("that it is reached elsewhere is told, later, and it is reached there, where it can be moved", async (context) => {
      const { relocate, settle, transports } = await open();
      if (relocate === undefined) return context.skip();
      const [a, b] = transports;
      const arrived = arrivalsAt(b);
      const told: (readonly string[])[] = [];
      const before = [...b.addresses];
      b.onRelocated(() => told.push(b.addresses));
      expect(told).toEqual([]);
      await relocate();
      await settle(() => told.length > 0);
      expect(told.length).toBeGreaterThan(0);
      expect(b.addresses).not.toEqual(before);
      expect(told.at(-1)).toEqual(b.addresses);
      a.send(addressOf(b), patterned(3));
      await settle(() => arrived.length > 0);
      expect(arrived.map(({ bytes }) => bytes)).toEqual([patterned(3)]);
    });

    test("bytes of every length arrive exactly", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const arrived = arrivalsAt(b);
      const sent = [0, 1, 255, 512, 16_384, ENVELOPE_BYTES_MAX].map((length) => patterned(length));
      for (const bytes of sent) a.send(addressOf(b), bytes);
      expect(arrived).toEqual([]);
      await settle(() => arrived.length >= sent.length);
      // No order is promised.
      expect(arrived.map(({ bytes }) => bytes).sort((x, y) => x.length - y.length)).toEqual(sent);
    });

    test("the address that bytes came from takes the answer to their sender", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const [atA, atB] = [arrivalsAt(a), arrivalsAt(b)];
      a.send(addressOf(b), patterned(3));
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
      a.send(addressOf(b), patterned(ENVELOPE_BYTES_MAX + 1));
      a.send(addressOf(b), patterned(7));
      await settle(() => arrived.length > 0);
      expect(arrived.map(({ bytes }) => bytes)).toEqual([patterned(7)]);
    });

    test("an address that is none is loss, not an exception", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const arrived = arrivalsAt(b);
      for (const to of ["", "nowhere", "/ip4/127.0.0.1/tcp/0", "\0"]) a.send(to, patterned(1));
      a.send(addressOf(b), patterned(2));
      await settle(() => arrived.length > 0);
      expect(arrived.map(({ bytes }) => bytes)).toEqual([patterned(2)]);
    });

    test("a record is found by its address, by its publisher and by others, and an absent one is undefined", async () => {
      const made = await open();
      const [a, b] = made.transports;
      const content = contentRecord(suite, patterned(4_096));
      const signed = signedRecord(made, 1, patterned(2));
      for (const { address, value } of [content, signed]) a.putRecord(address, value, made.now() + HOUR_MS);
      for (const record of [content, signed]) {
        await comes(made, b, record);
        await comes(made, a, record);
      }
      expect(await found(made, b, filled(32, 3))).toBeUndefined();
    });

    test("the longest record is kept exactly", async () => {
      const made = await open();
      const [a, b] = made.transports;
      const longest = signedRecord(made, 1, patterned(RECORD_BODY_BYTES_MAX));
      expect(longest.value.length).toBe(RECORD_BYTES_MAX);
      a.putRecord(longest.address, longest.value, made.now() + HOUR_MS);
      await comes(made, b, longest);
    });

    test("a record published again supersedes the one before, from wherever it comes, and is never superseded by it", async () => {
      const made = await open();
      const [a, b] = made.transports;
      const [first, second, third] = [1, 2, 3].map((number) => signedRecord(made, number, patterned(number))) as [
        AddressedRecord,
        AddressedRecord,
        AddressedRecord,
      ];
      const { address } = first;
      a.putRecord(address, second.value, made.now() + HOUR_MS);
      await comes(made, b, second);
      b.putRecord(address, first.value, made.now() + HOUR_MS);
      await putAfterwards(made, b, a);
      expect(await found(made, a, address)).toEqual(second.value);
      b.putRecord(address, third.value, made.now() + HOUR_MS);
      await comes(made, a, third);
    });

    test("what is no record of its address, too long, or expired when published, is not kept", async () => {
      const made = await open();
      const [a, b] = made.transports;
      const content = contentRecord(suite, patterned(5));
      const signed = signedRecord(made, 1, patterned(6));
      const expired = signedRecord(made, 2, patterned(6), made.now());
      const long = contentRecord(suite, patterned(RECORD_BODY_BYTES_MAX + 1));
      const changed = signed.value.map((byte, i) => (i === signed.value.length - 70 ? byte ^ 1 : byte));
      const puts: (readonly [Uint8Array, Uint8Array])[] = [
        [filled(32, 1), patterned(4_096)],
        [filled(32, 2), content.value],
        [filled(32, 3), signed.value],
        [signed.address, content.value],
        [signed.address, changed],
        [expired.address, expired.value],
        [long.address, long.value],
        [content.address, new Uint8Array(0)],
      ];
      for (const [address, value] of puts) a.putRecord(address, value, made.now() + HOUR_MS);
      await putAfterwards(made, a, b);
      for (const [address] of puts) expect(await found(made, b, address)).toBeUndefined();
    });

    test("a record is gone once it expired, where time can be moved", async (context) => {
      const made = await open();
      if (made.advance === undefined) return context.skip();
      const [a, b] = made.transports;
      const records = [1, 2].map((hours) => contentRecord(suite, patterned(hours)));
      const signed = [1, 2].map((hours) =>
        signedRecord(made, 1, patterned(hours), made.now() + hours * HOUR_MS, hours),
      );
      for (const [i, { address, value }] of records.entries()) {
        a.putRecord(address, value, made.now() + (i + 1) * HOUR_MS);
      }
      for (const { address, value } of signed) a.putRecord(address, value, made.now() + 2 * HOUR_MS);
      const all = [...records, ...signed];
      for (const record of all) await comes(made, b, record);
      await made.advance(HOUR_MS);
      const left: (Uint8Array | undefined)[] = [];
      for (const { address } of all) left.push(await found(made, b, address));
      const [brief, ...others] = left;
      expect(others).toEqual([records[1]?.value, undefined, signed[1]?.value]);
      // Content says of itself no time, and is true for ever: whoever took it over may keep it.
      expect([undefined, records[0]?.value]).toContainEqual(brief);
    });

    test("gossip reaches the other and not its publisher, under an address that takes an answer", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const [atA, atB] = [gossipAt(a), gossipAt(b)];
      const sent = [1, 8, WITNESSES_MAX].map(gossipOf);
      for (const bytes of sent) a.publish(bytes);
      expect(atB).toEqual([]);
      await settle(() => atB.length >= sent.length);
      expect(atB.map(({ bytes }) => bytes).sort((x, y) => x.length - y.length)).toEqual(sent);
      const back = arrivalsAt(a);
      b.send(atB[0]?.from as string, patterned(5));
      b.publish(gossipOf(2));
      await settle(() => atA.length > 0 && back.length > 0);
      // Nothing was forwarded either: only b's own came.
      expect(atA.map(({ bytes }) => bytes)).toEqual([gossipOf(2)]);
      expect(back.map(({ bytes }) => bytes)).toEqual([patterned(5)]);
      expect(atB).toHaveLength(sent.length);
    });

    test("gossip that is too long is dropped, and what follows it arrives", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      gossipAt(a);
      const heard = gossipAt(b);
      a.publish(patterned(GOSSIP_BYTES_MAX + 1));
      a.publish(gossipOf(3));
      await settle(() => heard.length > 0);
      expect(heard.map(({ bytes }) => bytes)).toEqual([gossipOf(3)]);
    });

    test("a question of every length is answered exactly once, with the answer to it, at once or later", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const asked: Uint8Array[] = [];
      const late: (() => void)[] = [];
      takesQuestions(a);
      b.onQuestion((_from, bytes, reply) => {
        asked.push(bytes);
        const answer = patterned(ANSWER_BYTES_MAX - bytes.length);
        if (bytes.length % 2 === 0) reply(answer);
        else late.push(() => reply(answer));
      });
      const lengths = [0, 1, 2, 4_097, QUESTION_BYTES_MAX];
      const asks = lengths.map((length) => asking(a, addressOf(b), patterned(length)));
      expect(asks).toEqual(lengths.map(() => []));
      await settle(() => asked.length >= lengths.length);
      expect([...asked].sort((x, y) => x.length - y.length)).toEqual(lengths.map(patterned));
      for (const reply of late) reply();
      await settle(() => asks.every((calls) => calls.length > 0));
      expect(asks).toEqual(lengths.map((length) => [patterned(ANSWER_BYTES_MAX - length)]));
    });

    test("the address that a question came from takes questions itself", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      let from: string | undefined;
      a.onQuestion((_from, bytes, reply) => reply(patterned(bytes.length + 1)));
      b.onQuestion((asker, _bytes, reply) => {
        from = asker;
        reply(patterned(1));
      });
      const there = asking(a, addressOf(b), patterned(3));
      await settle(() => there.length > 0);
      const back = asking(b, from as string, patterned(4));
      await settle(() => back.length > 0);
      expect([there, back]).toEqual([[patterned(1)], [patterned(5)]]);
    });

    test("a second reply to a question changes nothing", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const replies: ((answer: Uint8Array) => void)[] = [];
      takesQuestions(a);
      b.onQuestion((_from, _bytes, reply) => {
        replies.push(reply);
        reply(patterned(1));
        reply(patterned(2));
      });
      const first = asking(a, addressOf(b), patterned(3));
      await settle(() => first.length > 0);
      replies[0]?.(patterned(4));
      // Time passes for whatever the others may have caused.
      const second = asking(a, addressOf(b), patterned(5));
      await settle(() => second.length > 0);
      expect([first, second]).toEqual([[patterned(1)], [patterned(1)]]);
    });

    test("a question that is too long, or whose answer is, goes unanswered, and those after it do not", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      const lengths: number[] = [];
      takesQuestions(a);
      b.onQuestion((_from, bytes, reply) => {
        lengths.push(bytes.length);
        reply(patterned(bytes.length === 1 ? ANSWER_BYTES_MAX + 1 : 1));
      });
      const asks = [QUESTION_BYTES_MAX + 1, 1, 2].map((length) => asking(a, addressOf(b), patterned(length)));
      expect(asks).toEqual([[], [], []]);
      await settle(() => asks.every((calls) => calls.length > 0));
      expect(asks).toEqual([[undefined], [undefined], [patterned(1)]]);
      expect(lengths.sort()).toEqual([1, 2]);
    });

    test("a question to nobody, or to one who never replies, is over once, later, without an answer", async () => {
      const { settle, transports } = await open();
      const [a, b] = transports;
      takesQuestions(a);
      const forgotten: ((answer: Uint8Array) => void)[] = [];
      b.onQuestion((_from, bytes, reply) => {
        if (bytes.length > 1) reply(patterned(2));
        else forgotten.push(reply);
      });
      const asks = [addressOf(b), "", "nowhere", "/ip4/127.0.0.1/tcp/0", "\0"].map((to) => asking(a, to, patterned(1)));
      expect(asks).toEqual(asks.map(() => []));
      await settle(() => asks.every((calls) => calls.length > 0));
      expect(forgotten).toHaveLength(1);
      forgotten[0]?.(patterned(1));
      const after = asking(a, addressOf(b), patterned(2));
      await settle(() => after.length > 0);
      expect(after).toEqual([patterned(2)]);
      expect(asks).toEqual(asks.map(() => [undefined]));
    });
  });
}

/** Gossip of good form, of about 150 bytes a witness: a mesh may refuse what says nothing. */
function gossipOf(witnesses: number): Uint8Array {
  const members = Array.from({ length: witnesses }, (_, i) => ({
    key: filled(BLS_PUBLIC_BYTES, i),
    possession: filled(BLS_SIGNATURE_BYTES, i),
  }));
  const cosignature = { signers: filled(1, 1), signature: filled(BLS_SIGNATURE_BYTES, 2) };
  const to = { threshold: 1, members };
  const rotation = { log: filled(32, 3), sequence: 1, from: filled(32, 4), to, fromEpoch: 1, cosignature };
  return encode(gossipCodec, { kind: "rotation", rotation });
}

/** A signed record under the key of this number. */
function signedRecord(
  { now }: TransportBench,
  sequence: number,
  body: Uint8Array,
  expires: number = now() + 2 * HOUR_MS,
  key: number = 0,
): AddressedRecord {
  const { address, publicKey, seed } = recordKeyOf(suite, new Secret(filled(32, key)));
  return { address, value: signRecord(suite, { publicKey, seed }, { sequence, expires }, body) };
}

/** Where it is reached best. */
function addressOf(transport: Transport): string {
  const [best] = transport.addresses;
  if (best === undefined) throw new Error("a transport on a bench has to be reached somewhere");
  return best;
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

function gossipAt(transport: Transport): Arrival[] {
  const arrivals: Arrival[] = [];
  transport.onGossip((from, bytes) => arrivals.push({ from, bytes }));
  return arrivals;
}

/** One that never replies, but is there. */
function takesQuestions(transport: Transport): void {
  transport.onQuestion(() => {});
}

/** Asks; what comes back is added to the list, once if all is well. */
function asking(transport: Transport, to: string, bytes: Uint8Array): (Uint8Array | undefined)[] {
  const calls: (Uint8Array | undefined)[] = [];
  transport.ask(to, bytes, (answer) => calls.push(answer));
  return calls;
}

function keyOf(number: number): Uint8Array {
  return Uint8Array.of(number >> 24, number >> 16, number >> 8, number);
}

function put(key: Uint8Array, value: Uint8Array): IndexWrite {
  return { key, value };
}

function remove(key: Uint8Array): IndexWrite {
  return { key, value: undefined };
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
