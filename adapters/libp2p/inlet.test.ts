import type { PeerId } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeStream } from "./fake-stream.testing.ts";
import { encodeFrames } from "./frame.ts";
import { FRAME_MS_MAX, Inlet, INLET_STREAMS_MAX, PAUSED_STREAMS_MAX } from "./inlet.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const FRAME_BYTES_MAX = 64;
const FROM = "/ip4/127.0.0.1/tcp/1";

interface Bench {
  readonly inlet: Inlet;
  readonly frames: (readonly [string, Uint8Array])[];
  readonly offences: string[];
  readonly counters: { received: number; dropped: number; malformed: number };
  /** A stream that `peer` opened. */
  open(peer?: string): FakeStream;
}

interface Budget {
  admit?(peer: string, activity: string, bytes: number): boolean;
  delayMs?(peer: string, activity: string, bytes: number): number;
}

function bench({ admit = () => true, delayMs = () => 0 }: Budget = {}): Bench {
  const frames: [string, Uint8Array][] = [];
  const offences: string[] = [];
  const counters = { received: 0, dropped: 0, malformed: 0 };
  const conduct = { admit, delayMs, note: (peer: string, offence: string) => void offences.push(`${peer} ${offence}`) };
  const inlet = new Inlet(FRAME_BYTES_MAX, conduct, counters, (from, frame) => frames.push([from, frame]));
  const open = (peer = "peer"): FakeStream => {
    const fake = new FakeStream();
    const remoteAddr: Multiaddr = multiaddr(FROM);
    inlet.take(fake.stream, { remoteAddr, remotePeer: { toString: () => peer } as PeerId });
    return fake;
  };
  return { inlet, frames, offences, counters, open };
}

test("frames arrive however they were cut, with the address of the connection, and the stream's other direction is closed", () => {
  const { counters, frames, open } = bench();
  const fake = open();
  expect(fake.status).toBe("closed");
  for (const byte of encodeFrames([Uint8Array.of(1, 2), new Uint8Array(0)])) fake.emit("message", Uint8Array.of(byte));
  expect(frames).toEqual([
    [FROM, Uint8Array.of(1, 2)],
    [FROM, new Uint8Array(0)],
  ]);
  expect(counters).toEqual({ received: 2, dropped: 0, malformed: 0 });
});

test("a frame that announces too much cuts the stream off and is held against the peer", () => {
  const { counters, frames, offences, open } = bench();
  const fake = open();
  fake.emit("message", Uint8Array.of(0, 0, 0, FRAME_BYTES_MAX + 1));
  expect([fake.status, offences, counters.malformed, frames]).toEqual(["aborted", ["peer oversized"], 1, []]);
});

test("a frame that is not finished in time cuts the stream off; a slow one that is, and an idle stream, do not", () => {
  const { offences, open } = bench();
  const [slow, idle, stuck, halfHeader] = [open("slow"), open("idle"), open("stuck"), open("header")];
  const frame = encodeFrames([Uint8Array.of(1, 2)]);
  idle.emit("message", frame);
  for (const fake of [slow, stuck]) fake.emit("message", frame.subarray(0, 5));
  halfHeader.emit("message", frame.subarray(0, 1));
  vi.advanceTimersByTime(FRAME_MS_MAX - 1);
  slow.emit("message", frame.subarray(5));
  vi.advanceTimersByTime(1);
  expect([slow, idle, stuck, halfHeader].map(({ status }) => status)).toEqual([
    "closed",
    "closed",
    "aborted",
    "aborted",
  ]);
  expect(offences).toEqual(["stuck timeout", "header timeout"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("the time of a frame begins with it, though bytes of it keep coming", () => {
  const { offences, open } = bench();
  const fake = open();
  const frame = encodeFrames([new Uint8Array(40)]);
  for (let at = 0; at < 40; at++) {
    fake.emit("message", frame.subarray(at, at + 1));
    vi.advanceTimersByTime(FRAME_MS_MAX / 20);
  }
  expect([fake.status, offences]).toEqual(["aborted", ["peer timeout"]]);
});

test("who is over its budget is not read until it has some again, and nothing is lost or held against it", () => {
  let budget = 10;
  let refills = 0;
  const { counters, frames, offences, open } = bench({
    admit: (_peer, activity, bytes) => activity === "stream" || (budget -= bytes) >= 0,
    delayMs: (_peer, _activity, bytes) => (bytes <= budget ? 0 : 100),
  });
  const fake = open();
  fake.emit("message", encodeFrames([new Uint8Array(8), new Uint8Array(8), new Uint8Array(9)]));
  const seen = (): number[] => frames.map(([, { length }]) => length);
  expect([seen(), fake.readStatus]).toEqual([[8], "paused"]);
  for (const expected of [[8], [8, 8], [8, 8], [8, 8, 9]]) {
    if (refills++ % 2 === 1) budget = 10;
    vi.advanceTimersByTime(100);
    expect(seen()).toEqual(expected);
  }
  expect([fake.readStatus, offences, counters]).toEqual(["readable", [], { received: 3, dropped: 0, malformed: 0 }]);
});

test("a frame that waits for the peer's budget is not late; and whoever goes while it waits takes no timer along", () => {
  const { counters, offences, open } = bench({ delayMs: () => 1_000 });
  const fake = open();
  fake.emit("message", encodeFrames([Uint8Array.of(1), Uint8Array.of(2)]).subarray(0, 7));
  vi.advanceTimersByTime(10 * FRAME_MS_MAX);
  expect([fake.status, fake.readStatus, offences]).toEqual(["closed", "paused", []]);
  fake.abort();
  expect([vi.getTimerCount(), counters]).toEqual([0, { received: 0, dropped: 1, malformed: 0 }]);
});

test("only so many streams are made to wait", () => {
  const { open } = bench({ delayMs: () => 1_000 });
  const waiting = Array.from({ length: PAUSED_STREAMS_MAX + 1 }, (_, number) => open(`peer ${number}`));
  for (const fake of waiting) fake.emit("message", encodeFrames([Uint8Array.of(1)]));
  expect(waiting.filter(({ status }) => status === "aborted")).toEqual([waiting.at(-1)]);
  waiting[0]?.abort();
  const next = open("another");
  next.emit("message", encodeFrames([Uint8Array.of(1)]));
  expect(next.status).toBe("closed");
});

test("a peer has few streams: a newer one replaces the oldest; and one that may open none is not read", () => {
  const { frames, open } = bench({ admit: (peer) => peer !== "refused" });
  const streams = Array.from({ length: INLET_STREAMS_MAX + 1 }, () => open());
  expect(streams.map(({ status }) => status)).toEqual(["aborted", ...Array(INLET_STREAMS_MAX).fill("closed")]);
  expect(open("other").status).toBe("closed");
  streams[1]?.emit("close");
  expect([open().status, streams[2]?.status]).toEqual(["closed", "closed"]);
  const refused = open("refused");
  refused.emit("message", encodeFrames([Uint8Array.of(1)]));
  expect([refused.status, frames]).toEqual(["aborted", []]);
});
