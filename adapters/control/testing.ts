import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { LineReader } from "./lines.ts";
import type { CallName, Calls, Identity, MessageItem, Service, StreamName, Streams } from "./service.ts";
import { ServiceError } from "./service-error.ts";

export const IDENTITY: Identity = {
  account: "a".repeat(64),
  device: "b".repeat(32),
  name: "alice",
  fingerprint: "12345 ".repeat(6).trim(),
  card: "CHHAYA1:CARD",
  compactCard: "CHHAYA1:C",
  addresses: [],
  online: true,
};

/** A message of the longest body. */
export function message(row: number): MessageItem {
  const body = Buffer.alloc(60_000, row).toString("base64");
  const state = "received";
  return {
    kind: "message",
    row,
    direction: "in",
    contact: "bob",
    account: "c",
    body,
    at: row,
    state,
    provisional: false,
  };
}

/** A service that says little, and counts what is made of it. */
export class FakeService implements Service {
  calls = 0;
  /** Messages that were produced. */
  made = 0;
  open = 0;
  /** Whoever asks for status waits until this is called. */
  answer: () => void = () => {};
  closed = 0;

  async call<M extends CallName>(method: M): Promise<Calls[M]["result"]> {
    this.calls++;
    if (method === "identity") return IDENTITY as Calls[M]["result"];
    if (method === "status") await new Promise<void>((resolve) => (this.answer = resolve));
    if (method === "export") throw new TypeError("a bug, with a secret in it");
    throw new ServiceError("service/contact-unknown", "nobody is called so");
  }

  async *stream<M extends StreamName>(
    method: M,
    params: Streams[M]["params"],
    signal: AbortSignal,
  ): AsyncIterable<Streams[M]["item"]> {
    if (method !== "messages") throw new ServiceError("service/refused", "no");
    const { follow, limit } = params as Streams["messages"]["params"];
    this.open++;
    try {
      for (let row = 1; row <= (limit ?? Number.POSITIVE_INFINITY) && !signal.aborted; row++) {
        this.made++;
        yield message(row) as Streams[M]["item"];
        // A real one waits for its disk.
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (follow && !signal.aborted) {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      }
    } finally {
      this.open--;
    }
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** Where a test's socket goes; gone when the test is. */
export function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "chhaya-control-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "control.sock");
}

/** A client that may say anything. */
export class RawClient {
  readonly socket: Socket;
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  readonly #reader = new LineReader();
  #wake: () => void = () => {};

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on("error", () => {});
    this.ended = new Promise((resolve) => this.socket.once("close", () => resolve()));
    void this.ended.then(() => this.#wake());
    this.socket.on("data", (chunk: Buffer) => {
      this.lines.push(...(this.#reader.read(chunk) ?? []));
      this.#wake();
    });
    onTestFinished(() => void this.socket.destroy());
  }

  say(value: unknown): void {
    this.socket.write(`${JSON.stringify(value)}\n`);
  }

  /** The next line, as JSON; undefined at the end. */
  async next(): Promise<unknown> {
    while (this.lines.length === 0) {
      if (this.socket.closed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return JSON.parse(this.lines.shift() as string) as unknown;
  }

  async hello(): Promise<unknown> {
    this.say({ id: 0, method: "hello", params: { protocol: 1 } });
    return this.next();
  }
}
