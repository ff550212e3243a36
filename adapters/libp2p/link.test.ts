import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FrameReader } from "./frame.ts";
import {
  Link,
  LINK_OPEN_MS_MAX,
  LINK_PAUSE_MS,
  LINK_STALL_MS_MAX,
  type LinkCounters,
  type OutboundStream,
} from "./link.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Behaves as the library's stream: `idle` is reported in the middle of a write, when a nested write is not sent. */
class FakeStream implements OutboundStream {
  writableNeedsDrain = false;
  writeBufferLength = 0;
  status: "open" | "closed" | "aborted" = "open";
  readonly read: number[] = [];
  largestWriteBytes = 0;
  readonly #reader = new FrameReader(1 << 20);
  readonly #listeners = new Map<string, (() => void)[]>();
  /** Whether writes leave at once, or wait for {@link flow}. */
  readonly #flowing: boolean;
  #buffer: Uint8Array[] = [];
  #sending = false;

  constructor(flowing: boolean) {
    this.#flowing = flowing;
  }

  send(data: Uint8Array): boolean {
    if (this.status !== "open") throw new Error("closed");
    this.largestWriteBytes = Math.max(this.largestWriteBytes, data.length);
    this.#buffer.push(data);
    this.writeBufferLength += data.length;
    if (this.#sending) return true;
    if (this.#flowing) this.#flush();
    else this.writableNeedsDrain = true;
    return this.#flowing;
  }

  flow(): void {
    if (!this.writableNeedsDrain) return;
    this.#flush();
    this.writableNeedsDrain = false;
    this.#emit("drain");
  }

  abort(): void {
    this.status = "aborted";
    this.#emit("close");
  }

  close(): Promise<void> {
    this.status = "closed";
    return Promise.resolve();
  }

  addEventListener(type: "drain" | "idle" | "close", listener: () => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  #flush(): void {
    this.#sending = true;
    for (const data of this.#buffer) this.#reader.read(data, (payload) => this.read.push(payload[0] ?? -1));
    this.#buffer = [];
    this.writeBufferLength = 0;
    this.#emit("idle");
    this.#sending = false;
  }

  #emit(type: string): void {
    for (const listener of this.#listeners.get(type) ?? []) listener();
  }
}

const LIMITS = { framesMax: 1_024, bytesMax: 4_194_304 };

function linkTo(open: (signal: AbortSignal) => Promise<OutboundStream>): { link: Link; counters: LinkCounters } {
  const counters = { sent: 0, dropped: 0 };
  return { link: new Link(open, counters, LIMITS), counters };
}

function datagram(mark: number, length = 8): Uint8Array {
  return new Uint8Array(length).fill(mark);
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

test("datagrams that came before the stream was open leave in order, over one stream", async () => {
  const stream = new FakeStream(true);
  const open = vi.fn(() => Promise.resolve(stream));
  const { link, counters } = linkTo(open);
  for (let mark = 0; mark < 5; mark++) link.send(datagram(mark));
  await settle();
  link.send(datagram(5));
  expect(stream.read).toEqual([0, 1, 2, 3, 4, 5]);
  expect(open).toHaveBeenCalledTimes(1);
  expect(counters).toEqual({ sent: 6, dropped: 0 });
});

test("the oldest is dropped when more wait than the limit of datagrams", async () => {
  const stream = new FakeStream(true);
  const { link, counters } = linkTo(() => Promise.resolve(stream));
  for (let number = 0; number < LIMITS.framesMax + 3; number++) link.send(datagram(number < 3 ? 1 : 2));
  await settle();
  expect(counters).toEqual({ sent: LIMITS.framesMax, dropped: 3 });
  expect(stream.read).not.toContain(1);
});

test("the oldest is dropped when more wait than the limit of bytes", async () => {
  const stream = new FakeStream(true);
  const { link, counters } = linkTo(() => Promise.resolve(stream));
  const fitting = LIMITS.bytesMax / 65_536;
  for (let number = 0; number < fitting + 2; number++) link.send(datagram(number, 65_536));
  await settle();
  expect(counters).toEqual({ sent: fitting, dropped: 2 });
  expect(stream.read[0]).toBe(2);
});

test("a slow stream is handed one write at a time, and all arrives as it flows", async () => {
  const stream = new FakeStream(false);
  const { link } = linkTo(() => Promise.resolve(stream));
  for (let mark = 0; mark < 20; mark++) link.send(datagram(mark, 60_000));
  await settle();
  for (let turn = 0; turn < 20; turn++) {
    expect(stream.writeBufferLength).toBeLessThanOrEqual(stream.largestWriteBytes);
    stream.flow();
    await settle();
  }
  expect(stream.read).toEqual(Array.from({ length: 20 }, (_, mark) => mark));
  expect(stream.largestWriteBytes).toBeLessThan(200_000);
});

test("a peer that takes nothing is cut off, and what waits for it is dropped", async () => {
  const stream = new FakeStream(false);
  const { link, counters } = linkTo(() => Promise.resolve(stream));
  link.send(datagram(1));
  await settle();
  link.send(datagram(2));
  await vi.advanceTimersByTimeAsync(LINK_STALL_MS_MAX - 1);
  expect(stream.status).toBe("open");
  await vi.advanceTimersByTimeAsync(1);
  expect(stream.status).toBe("aborted");
  expect(counters).toEqual({ sent: 1, dropped: 1 });
});

test("after a failure nothing is tried for a while, and then again", async () => {
  const stream = new FakeStream(true);
  const open = vi.fn(() => Promise.resolve(stream)).mockRejectedValueOnce(new Error("refused"));
  const { link, counters } = linkTo(open);
  link.send(datagram(1));
  await settle();
  link.send(datagram(2));
  await settle();
  expect(open).toHaveBeenCalledTimes(1);
  expect(counters.dropped).toBe(2);
  await vi.advanceTimersByTimeAsync(LINK_PAUSE_MS);
  link.send(datagram(3));
  await settle();
  expect(stream.read).toEqual([3]);
});

test("opening is given up after its time", async () => {
  const { link, counters } = linkTo(
    (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("late")))),
  );
  link.send(datagram(1));
  await vi.advanceTimersByTimeAsync(LINK_OPEN_MS_MAX - 1);
  expect(counters.dropped).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(counters.dropped).toBe(1);
});

test.each(["reopened", "closed by the peer"])("a link that was %s goes on over a new stream", async (how) => {
  const streams: FakeStream[] = [];
  const { link } = linkTo(() => {
    const stream = new FakeStream(true);
    streams.push(stream);
    return Promise.resolve(stream);
  });
  link.send(datagram(1));
  await settle();
  if (how === "reopened") link.reopen();
  else streams[0]?.abort();
  link.send(datagram(2));
  await settle();
  expect(streams.map(({ read }) => read)).toEqual([[1], [2]]);
  expect(streams[0]?.status).toBe(how === "reopened" ? "closed" : "aborted");
});

test("a closed link sends nothing, aborts its stream and leaves no timer", async () => {
  const stream = new FakeStream(false);
  const { link, counters } = linkTo(() => Promise.resolve(stream));
  link.send(datagram(1));
  await settle();
  link.send(datagram(2));
  link.close();
  link.send(datagram(3));
  expect(stream.status).toBe("aborted");
  expect(counters).toEqual({ sent: 1, dropped: 2 });
  expect(vi.getTimerCount()).toBe(0);
});
