import type { Socket } from "node:net";
import { LINE_BYTES_MAX, LineReader } from "./lines.ts";
import { parseRequest, PROTOCOL, type Reply, replyLine, type Request } from "./protocol.ts";
import type { CallName, Service, StreamName } from "./service.ts";
import { ServiceError } from "./service-error.ts";
import { checkParams, kindOf } from "./validation.ts";

/** Requests of one connection that are under way at once; a further one is refused. */
export const REQUESTS_MAX = 16;
/** Bytes that wait for a client to read them; beyond it nothing more is produced for it. */
export const OUTPUT_BYTES_MAX = 262_144;
/** How long a connection may stay without having said hello. */
export const HELLO_MS_MAX = 5_000;

/**
 * One client. What it sends is read no faster than it is answered, and what it is sent is made no faster than it
 * reads: a client that stops reading, or never stops writing, holds a bounded amount of memory.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #service: Service;
  readonly #version: string;
  readonly #onBug: (failure: unknown) => void;
  readonly #underWay = new Map<number, AbortController>();
  /** Settles when what was written has gone out, or nobody is there any more. */
  #drained: Promise<void> | undefined;
  #greeted = false;

  constructor(socket: Socket, service: Service, version: string, onBug: (failure: unknown) => void) {
    this.#socket = socket;
    this.#service = service;
    this.#version = version;
    this.#onBug = onBug;
    // A client that is gone shows as a closed socket.
    socket.on("error", () => {});
    socket.once("close", () => {
      for (const request of this.#underWay.values()) request.abort();
    });
  }

  /** Resolves when the connection has ended. */
  async serve(): Promise<void> {
    const late = setTimeout(() => this.#socket.destroy(), HELLO_MS_MAX);
    const lines = new LineReader();
    try {
      for await (const chunk of this.#socket) {
        for (const line of lines.read(chunk as Uint8Array) ?? [undefined]) {
          const request = line === undefined ? undefined : parseRequest(line);
          // What follows a line that makes no sense makes none either.
          if (request === undefined) return;
          await this.#take(request);
          if (this.#greeted) clearTimeout(late);
        }
      }
    } catch {
      // The socket failed: nobody is there to be told.
    } finally {
      clearTimeout(late);
      this.#socket.destroy();
    }
  }

  async #take(request: Request): Promise<void> {
    const { id } = request;
    if (request.kind === "cancel") {
      this.#underWay.get(id)?.abort();
      return;
    }
    if (!this.#greeted) {
      await this.#greet(id, request);
      return;
    }
    if (this.#underWay.size >= REQUESTS_MAX || this.#underWay.has(id)) {
      await this.#refuse(id, new ServiceError("control/busy", "too many requests at once"));
      return;
    }
    const kind = kindOf(request.method);
    if (kind === undefined) {
      await this.#refuse(id, new ServiceError("control/malformed", "there is no such method"));
      return;
    }
    const abort = new AbortController();
    this.#underWay.set(id, abort);
    const answered = kind === "call" ? this.#call(id, request) : this.#stream(id, request, abort.signal);
    answered
      .catch((failure: unknown) => this.#refuse(id, this.#explained(failure)))
      // The socket failed meanwhile.
      .catch(() => {})
      .finally(() => this.#underWay.delete(id));
  }

  async #greet(id: number, { method, params }: Request & { readonly kind: "request" }): Promise<void> {
    const spoken = method === "hello" ? (params as { readonly protocol?: unknown }).protocol : undefined;
    if (spoken === PROTOCOL) {
      this.#greeted = true;
      await this.#say({ kind: "result", id, value: { protocol: PROTOCOL, version: this.#version } });
      return;
    }
    const message = `the node is version ${this.#version} and speaks control protocol ${PROTOCOL}: restart it, or use its own chhaya`;
    await this.#refuse(id, new ServiceError("control/version", message));
    this.#socket.end();
  }

  async #call(id: number, { method, params }: Request & { readonly kind: "request" }): Promise<void> {
    const name = method as CallName;
    const value = await this.#service.call(name, checkParams(name, params));
    await this.#say({ kind: "result", id, value });
  }

  async #stream(
    id: number,
    { method, params }: Request & { readonly kind: "request" },
    signal: AbortSignal,
  ): Promise<void> {
    const name = method as StreamName;
    for await (const value of this.#service.stream(name, checkParams(name, params), signal)) {
      if (signal.aborted) break;
      await this.#say({ kind: "item", id, value });
    }
    await this.#say({ kind: "end", id });
  }

  #explained(failure: unknown): ServiceError {
    if (failure instanceof ServiceError) return failure;
    this.#onBug(failure);
    return new ServiceError("control/failed", "the node could not do this; its log says why");
  }

  #refuse(id: number, error: ServiceError): Promise<void> {
    return this.#say({ kind: "error", id, error });
  }

  /** Resolves once there is room for more. */
  async #say(reply: Reply): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    let line = replyLine(reply);
    if (Buffer.byteLength(line) > LINE_BYTES_MAX) {
      line = replyLine({
        kind: "error",
        id: reply.id,
        error: new ServiceError("control/failed", "the answer is too long"),
      });
    }
    socket.write(line);
    while (socket.writableLength > OUTPUT_BYTES_MAX && !socket.destroyed) await this.#drain();
  }

  /** One listener, however many wait. */
  #drain(): Promise<void> {
    const socket = this.#socket;
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        socket.off("drain", done);
        socket.off("close", done);
        this.#drained = undefined;
        resolve();
      };
      socket.on("drain", done);
      socket.on("close", done);
    });
    return this.#drained;
  }
}
