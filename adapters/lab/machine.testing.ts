import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const MAIN = join(import.meta.dirname, "..", "cli", "main.ts");
const COMMAND_MS_MAX = 60_000;
const LOG_CHARS_MAX = 100_000;

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody's computer: a home folder, the commands that are typed there, and the node that runs there. */
export class Machine {
  readonly name: string;
  readonly folder: string;
  readonly home: string;
  /** The end of what the node logged. */
  log = "";
  readonly #on: (command: readonly string[]) => readonly string[];
  #node: ChildProcess | undefined;

  /** `on`: the words that run a command where this machine is; see Lab. */
  constructor(folder: string, name: string, on: (command: readonly string[]) => readonly string[] = (words) => words) {
    this.name = name;
    this.folder = join(folder, name);
    this.home = join(this.folder, "home");
    this.#on = on;
    mkdirSync(this.folder, { recursive: true });
  }

  /** Types a command, with this machine's home unless it takes none. */
  run(...words: readonly string[]): Promise<Outcome> {
    const [first = "", ...rest] = this.#on([process.execPath, MAIN, ...words]);
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env: this.#environment, timeout: COMMAND_MS_MAX };
      execFile(first, rest, options, (failure, stdout, stderr) => {
        resolve({ code: failure === null ? 0 : Number(failure.code ?? -1), stdout, stderr });
      });
    });
  }

  /** A command that has to go well. */
  async must(...words: readonly string[]): Promise<string> {
    const { code, stderr, stdout } = await this.run(...words);
    if (code !== 0)
      throw new Error(`${this.name}: chhaya ${words.join(" ")} ended with ${code}: ${stdout}${stderr}\n${this.log}`);
    return stdout;
  }

  /** The JSON objects that a command prints, one a line. */
  async json<T>(...words: readonly string[]): Promise<T[]> {
    const printed = await this.must(...words, "--json");
    return printed
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  }

  /** A file, named from this machine's folder. */
  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  configure(lines: readonly string[]): void {
    this.write("home/config.toml", `${lines.join("\n")}\n`);
  }

  /** Starts the node, and waits until it answers and has an address. */
  async start(): Promise<readonly string[]> {
    const [first = "", ...rest] = this.#on([process.execPath, MAIN, "node"]);
    const node = spawn(first, rest, { cwd: this.folder, env: this.#environment, stdio: ["ignore", "ignore", "pipe"] });
    node.stderr.on("data", (part: Buffer) => (this.log = (this.log + part.toString()).slice(-LOG_CHARS_MAX)));
    this.#node = node;
    return this.until("it has an address", async () => {
      if (node.exitCode !== null) throw new Error(`${this.name}'s node ended with ${node.exitCode}: ${this.log}`);
      // A command that finds no node opens the home itself, and the node would have to wait for it.
      const addresses = existsSync(join(this.home, "control.sock")) ? await this.addresses() : [];
      return addresses.length > 0 ? addresses : undefined;
    });
  }

  async addresses(): Promise<readonly string[]> {
    const { code, stdout } = await this.run("status", "--json");
    if (code !== 0) return [];
    const { network } = JSON.parse(stdout) as { readonly network: { readonly addresses: readonly string[] } | null };
    return network?.addresses ?? [];
  }

  /** Tries again until something is there. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + COMMAND_MS_MAX;
    while (performance.now() < end) {
      const found = await look();
      if (found !== undefined) return found;
      await pause(200);
    }
    throw new Error(`${this.name}: in ${COMMAND_MS_MAX} ms not reached: ${what}\n${this.log}`);
  }

  /** Ends the node as a power failure would. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, CHHAYA_HOME: this.home, NO_COLOR: "1" };
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const node = this.#node;
    if (node === undefined || node.exitCode !== null || node.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      node.once("exit", () => resolve());
      node.kill(signal);
    });
  }
}
