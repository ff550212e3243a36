import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { LineReader } from "./lines.ts";
import { parseReply, PROTOCOL, type Reply } from "./protocol.ts";
import type { CallName, Calls, Service, StreamName, Streams } from "./service.ts";
import { ServiceError } from "./service-error.ts";
import { checkItem, checkResult } from "./validation.ts";

/** Items of a stream that wait to be taken; beyond it nothing more is read from the node. */
const ITEMS_WAITING_MAX = 64;

interface Waiting {
  readonly items: Reply[];
  /** Somebody waits for a further one. */
  wake: (() => void) | undefined;
}

/** The service of a node in another process, over its socket. */
export class ControlClient implements Service {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #closed = false;
  /** Set while a stream's items have to be taken before more is read. */
  #taken: (() => void) | undefined;

  /** Undefined when nobody answers there. Throws a {@link ServiceError} when somebody does and is not understood. */
  static async connect(path: string): Promise<ControlClient | undefined> {
    const socket = connect(path);
    try {
      await once(socket, "connect");
    } catch {
      return undefined;
    }
    const client = new ControlClient(socket);
    await client.#hello();
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    void this.#read();
  }

  async call<M extends CallName>(method: M, params: Calls[M]["params"]): Promise<Calls[M]["result"]> {
    return checkResult(method, await this.#ask(method, params));
  }

  async *stream<M extends StreamName>(
    method: M,
    params: Streams[M]["params"],
    signal: AbortSignal,
  ): AsyncIterable<Streams[M]["item"]> {
    const id = this.#request(method, params);
    const cancel = (): void => {
      this.#write({ id, cancel: true });
    };
    signal.addEventListener("abort", cancel, { once: true });
    let over = false;
    try {
      for (;;) {
        const reply = await this.#reply(id);
        over = reply.kind !== "item";
        if (reply.kind === "error") throw reply.error;
        if (reply.kind !== "item" || signal.aborted) return;
        yield checkItem(method, reply.value);
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      if (!over) cancel();
      this.#waiting.delete(id);
      this.#taken?.();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket.destroy();
  }

  async #hello(): Promise<void> {
    try {
      await this.#ask("hello", { protocol: PROTOCOL });
    } catch (failure) {
      await this.close();
      throw failure;
    }
  }

  async #ask(method: string, params: unknown): Promise<unknown> {
    const id = this.#request(method, params);
    try {
      const reply = await this.#reply(id);
      if (reply.kind === "error") throw reply.error;
      return reply.kind === "result" ? reply.value : undefined;
    } finally {
      this.#waiting.delete(id);
    }
  }

  #request(method: string, params: unknown): number {
    const id = this.#next++;
    this.#waiting.set(id, { items: [], wake: undefined });
    this.#write({ id, method, params });
    return id;
  }

  #write(message: object): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  async #reply(id: number): Promise<Reply> {
    const waiting = this.#waiting.get(id);
    for (;;) {
      const reply = waiting?.items.shift();
      this.#taken?.();
      if (reply !== undefined) return reply;
      if (waiting === undefined || this.#closed) throw new ServiceError("control/closed", "the node has stopped");
      await new Promise<void>((resolve) => (waiting.wake = resolve));
      waiting.wake = undefined;
    }
  }

  async #read(): Promise<void> {
    const lines = new LineReader();
    try {
      for await (const chunk of this.#socket) {
        const read = lines.read(chunk as Uint8Array);
        for (const line of read ?? []) await this.#deliver(line);
        if (read === undefined) break;
      }
    } catch {
      // The node is gone: whoever waits for it is told below.
    }
    this.#closed = true;
    this.#socket.destroy();
    for (const { wake } of this.#waiting.values()) wake?.();
  }

  async #deliver(line: string): Promise<void> {
    const reply = parseReply(line);
    const waiting = reply === undefined ? undefined : this.#waiting.get(reply.id);
    if (reply === undefined || waiting === undefined) return;
    waiting.items.push(reply);
    waiting.wake?.();
    // The user sees what was sent no faster than it is shown.
    while (waiting.items.length >= ITEMS_WAITING_MAX && this.#waiting.has(reply.id) && !this.#closed) {
      await new Promise<void>((resolve) => (this.#taken = resolve));
      this.#taken = undefined;
    }
  }
}
