import { type ChildProcess, fork } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A program of this repository in a process of its own; orders go to it, and reports come back. */
export class Child<Order, Report> {
  readonly #child: ChildProcess;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;

  /**
   * `beside`: the URL of the module that the program lies beside; from source Node strips the types, in a build both
   * are compiled. `flags`: of Node itself.
   */
  constructor(
    beside: string,
    program: string,
    words: readonly string[],
    onReport: (report: Report) => void,
    flags: readonly string[] = [],
  ) {
    const file = `./${program}${beside.endsWith(".ts") ? ".ts" : ".js"}`;
    // The library's debugging output would name addresses and peers.
    const { DEBUG: _debug, ...env } = process.env;
    this.#child = fork(fileURLToPath(new URL(file, beside)), [...words], {
      execArgv: [...flags],
      // Loading is most of a start: the compiled modules are kept from one to the next.
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

  /** An order to a process that has ended is void. */
  order(order: Order): void {
    if (this.#child.connected) this.#child.send(order as object, () => {});
  }

  /** Ends it as a failure of the machine would: nothing runs any more, nothing is flushed. */
  kill(): Promise<number | null> {
    this.#child.kill("SIGKILL");
    return this.ended;
  }
}
