import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const MAIN: string = join(import.meta.dirname, "..", "main.ts");

const LOOPBACK = `[network]
listen = ["/ip4/127.0.0.1/tcp/0"]
scope = "loopback"
mdns = false
dht = "server"
[log]
level = "debug"
`;

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder in which commands are called; gone when the test is. */
export class Desk {
  readonly root: string = mkdtempSync(join(tmpdir(), "chhaya-cli-"));

  /** `whenDone`: what it is removed after; a test, unless said otherwise. */
  constructor(whenDone: (remove: () => void) => void = onTestFinished) {
    whenDone(() => rmSync(this.root, { recursive: true, force: true }));
  }

  /** Words are split at spaces. */
  chhaya(line: string, input = ""): Said {
    return spawnSync(process.execPath, [MAIN, ...line.split(" ")], {
      cwd: this.root,
      encoding: "utf8",
      input,
      env: environment(),
    });
  }

  /** The output of a command that does what it should. */
  ok(line: string, input = ""): string {
    const { status, stderr, stdout } = this.chhaya(line, input);
    if (status !== 0 || stderr !== "") throw new Error(`chhaya ${line}: exit ${status}\n${stderr}${stdout}`);
    return masked(stdout);
  }

  /** New accounts, whose nodes stay on this machine. */
  settle(...homes: readonly string[]): void {
    for (const home of homes) {
      this.chhaya(`init --home ${home} --no-passphrase`);
      writeFileSync(join(this.root, home, "config.toml"), LOOPBACK);
    }
  }

  /** A node that runs until the test ends, at the latest. */
  node(line: string): RunningNode {
    return new RunningNode(this.root, line);
  }
}

export class RunningNode {
  readonly ended: Promise<number | null>;
  log = "";
  readonly #child: ChildProcess;

  constructor(cwd: string, line: string) {
    this.#child = spawn(process.execPath, [MAIN, "node", ...line.split(" ")], {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      env: environment(),
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.log += chunk.toString()));
    this.ended = new Promise((resolve) => this.#child.once("exit", resolve));
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when the log has these words; rejects when the node ends before. */
  async says(words: string): Promise<void> {
    let over = false;
    void this.ended.then(() => (over = true));
    while (!this.log.includes(words)) {
      if (over) throw new Error(`the node ended: ${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function environment(): NodeJS.ProcessEnv {
  const { CHHAYA_HOME: _, CHHAYA_PASSPHRASE_FILE: __, ...rest } = process.env;
  // Loading the program takes most of the time of a command: the compiled modules are kept between them.
  return { ...rest, NODE_COMPILE_CACHE: join(tmpdir(), "chhaya-compile-cache"), NO_COLOR: "1" };
}

/** What changes from one run to the next, by what it is. */
export function masked(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/gu, "TIME")
    .replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{16}(?=…))/gu, "HEX")
    .replaceAll(/(?:\d{5} ){5}\d{5}/gu, "DIGITS")
    .replaceAll(/( {4}\d{5}(?: {2}\d{5}){3}\n?){3}/gu, "    NUMBER\n")
    .replaceAll(/(CHHAYA\w*1):[A-Z2-7]+/gu, "$1:…")
    .replaceAll(/"(at|row|token|startedAt|logBytes)":\d+/gu, '"$1":N')
    .replaceAll(/[\d,]+ (MiB are free|bytes)/gu, "N $1");
}
