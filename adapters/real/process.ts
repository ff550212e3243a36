import { type ChildProcess, fork } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./orders.ts";

/** From source Node strips the types; in a build the program is compiled beside this file. */
const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./peer.ts" : "./peer.js", import.meta.url));

/** One peer's operating-system process. */
export class PeerProcess {
  readonly #child: ChildProcess;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;

  constructor(onReport: (report: Report) => void) {
    // The library's debugging output would name addresses and peers.
    const { DEBUG: _debug, ...env } = process.env;
    this.#child = fork(PROGRAM, [], {
      execArgv: [],
      // Most of the time of a start is the compilation of the network stack.
      env: { NODE_COMPILE_CACHE: getCompileCacheDir() ?? join(tmpdir(), "chhaya-compile-cache"), ...env },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (report) => onReport(report as Report));
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", (code) => resolve(code));
      this.#child.once("error", () => resolve(null));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** An order to a process that has ended is void. */
  order(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** Ends it as a power failure would: nothing runs, nothing is flushed. */
  kill(): Promise<number | null> {
    this.#child.kill("SIGKILL");
    return this.ended;
  }
}
