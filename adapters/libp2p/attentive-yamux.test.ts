import type { MultiaddrConnection } from "@libp2p/interface";
import { multiaddrConnectionPair } from "@libp2p/utils";
import { yamux } from "@libp2p/yamux";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ANSWER_MS_MAX, attentiveYamux, SILENCE_MS_MAX, UNANSWERED_MS_MAX } from "./attentive-yamux.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A connection between two ends, and what goes over it. */
function pair() {
  const [near, far] = multiaddrConnectionPair();
  const muxers = [near, far].map((end) => attentiveYamux({})().createStreamMuxer(end));
  let sent = 0;
  for (const end of [near, far]) {
    const send = end.send.bind(end);
    end.send = (data) => (sent++, send(data));
  }
  return { near, far, muxers, sent: () => sent };
}

/** From now on nothing of what it sends arrives. */
function silence(end: MultiaddrConnection): void {
  end.send = () => true;
}

test("both ends of an idle connection keep it", async () => {
  const { near, far, sent } = pair();
  await vi.advanceTimersByTimeAsync(20 * (SILENCE_MS_MAX + ANSWER_MS_MAX));
  expect([near.status, far.status]).toEqual(["open", "open"]);
  // A question and its answer in each pause, not one of each end.
  expect(sent()).toBeLessThanOrEqual(2 * 32);
  expect(sent()).toBeGreaterThanOrEqual(2 * 20);
});

test("an end that says nothing any more is left", async () => {
  const { far, near } = pair();
  silence(far);
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX + ANSWER_MS_MAX - 1);
  expect(near.status).toBe("open");
  await vi.advanceTimersByTimeAsync(2);
  expect(near.status).toBe("aborted");
});

test("sooner when it was told something", async () => {
  const { far, muxers, near } = pair();
  silence(far);
  await muxers[0]?.createStream();
  await vi.advanceTimersByTimeAsync(2 * UNANSWERED_MS_MAX + ANSWER_MS_MAX + 1);
  expect(near.status).toBe("aborted");
});

test("who says something else than the answer is there", async () => {
  const [near, far] = multiaddrConnectionPair();
  const attentive = attentiveYamux({})().createStreamMuxer(near);
  const inattentive = yamux({ enableKeepAlive: false })().createStreamMuxer(far);
  const send = far.send.bind(far);
  for (let i = 0; i < 8; i++) {
    silence(far);
    await attentive.createStream();
    await vi.advanceTimersByTimeAsync(UNANSWERED_MS_MAX + ANSWER_MS_MAX - 1_000);
    far.send = send;
    await inattentive.createStream();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(near.status).toBe("open");
});

test("nothing waits once it is closed", async () => {
  const { far, near } = pair();
  for (const end of [near, far]) end.abort(new Error("over"));
  await vi.advanceTimersByTimeAsync(10);
  expect(vi.getTimerCount()).toBe(0);
});
