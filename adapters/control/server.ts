import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Connection } from "./connection.ts";
import type { Service } from "./service.ts";

/** Clients at once; a further one is turned away. */
export const CONNECTIONS_MAX = 32;
/** How long one waits to learn whether somebody answers at a socket that is there already. */
const PROBE_MS_MAX = 2_000;

/** Somebody answers at the socket. */
export class ControlTaken extends Error {
  override readonly name = "ControlTaken";
}

/** The local door of a node: a Unix socket for its owner alone, or a named pipe. */
export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Throws {@link ControlTaken}, or what the system says. A socket that nobody answers at is removed. */
  static async listen(
    path: string,
    service: Service,
    version: string,
    onBug: (failure: unknown) => void,
  ): Promise<ControlServer> {
    if (await answers(path)) throw new ControlTaken("a node answers there already");
    const isFile = process.platform !== "win32";
    if (isFile) rmSync(path, { force: true });
    const control = new ControlServer(service, version, onBug);
    await new Promise<void>((resolve, reject) => {
      control.#server.once("error", reject);
      control.#server.listen(path, () => {
        control.#server.off("error", reject);
        resolve();
      });
    });
    // Its folder lets nobody else in anyway.
    if (isFile) chmodSync(path, 0o600);
    return control;
  }

  private constructor(service: Service, version: string, onBug: (failure: unknown) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      void new Connection(socket, service, version, onBug).serve();
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on("error", onBug);
  }

  /** Turns everybody away; the socket is gone afterwards. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Whether somebody accepts a connection there. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answer: boolean): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(answer);
    };
    // Accepted by a system whose process is stopped, or too busy: it lives.
    const late = setTimeout(() => done(true), PROBE_MS_MAX);
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}
