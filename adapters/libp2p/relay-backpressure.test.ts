import type { Stream } from "@libp2p/interface";
import { expect, test } from "vitest";
import { CIRCUIT_BACKLOG_BYTES_MAX, hold } from "./relay-backpressure.ts";

/** A stream that a test fills and empties. */
class PlainStream {
  readStatus: "readable" | "paused" | "closed" = "readable";
  readonly given: number[] = [];
  #listener: ((event: { data: Uint8Array }) => void) | undefined;

  addEventListener(_type: "message", listener: (event: { data: Uint8Array }) => void): void {
    this.#listener = listener;
  }

  arrive(bytes: number): void {
    this.#listener?.({ data: new Uint8Array(bytes) });
  }

  send(data: Uint8Array): boolean {
    this.given.push(data.byteLength);
    return true;
  }

  pause(): void {
    if (this.readStatus === "closed") throw new Error("closed");
    this.readStatus = "paused";
  }

  resume(): void {
    if (this.readStatus === "closed") throw new Error("closed");
    this.readStatus = "readable";
  }

  get stream(): Stream {
    return this as unknown as Stream;
  }
}

const HALF = CIRCUIT_BACKLOG_BYTES_MAX / 2;

test("who sends faster than the other end takes is not read, until half of what waits was passed on", () => {
  const [from, to] = [new PlainStream(), new PlainStream()];
  hold(from.stream, to.stream);
  from.arrive(HALF);
  from.arrive(HALF);
  expect(from.readStatus).toBe("readable");
  from.arrive(1);
  expect(from.readStatus).toBe("paused");
  to.stream.send(new Uint8Array(HALF));
  expect(from.readStatus).toBe("paused");
  to.stream.send(new Uint8Array(1));
  expect(from.readStatus).toBe("readable");
  from.arrive(HALF + 1);
  expect(from.readStatus).toBe("paused");
  expect(to.given).toEqual([HALF, 1]);
});

test("each direction counts for itself, and a stream that was closed meanwhile is let be", () => {
  const [one, other] = [new PlainStream(), new PlainStream()];
  hold(one.stream, other.stream);
  hold(other.stream, one.stream);
  one.arrive(CIRCUIT_BACKLOG_BYTES_MAX + 1);
  expect([one.readStatus, other.readStatus]).toEqual(["paused", "readable"]);
  one.readStatus = "closed";
  other.stream.send(new Uint8Array(CIRCUIT_BACKLOG_BYTES_MAX));
  expect(one.readStatus).toBe("closed");
});
