import type { Command, Driver, EngineEvent } from "../../core/node/index.ts";

const NOTHING = new Uint8Array(0);

/**
 * Tells when everything before a moment has been performed. A command that cannot be done comes back as an event behind
 * all that was asked for before it, and behind the writes that this took: it is known by its token, which no message has.
 */
export class Fences {
  readonly #waiting = new Map<number, (passed: boolean) => void>();
  #next = -1;

  /** Gives the commands and resolves with true when they, and all before them, are done; with false when it is over before. */
  pass(driver: Driver, commands: readonly Command[]): Promise<boolean> {
    const token = this.#next--;
    const passed = new Promise<boolean>((resolve) => this.#waiting.set(token, resolve));
    for (const command of commands) driver.command(command);
    driver.command({ kind: "send", contact: "", body: NOTHING, token });
    if (driver.stopped) this.open();
    return passed;
  }

  /** Whether the event was a fence: then it means nothing else. */
  take(event: EngineEvent): boolean {
    if (event.kind !== "command.refused" || event.token === undefined || event.token >= 0) return false;
    this.#waiting.get(event.token)?.(true);
    this.#waiting.delete(event.token);
    return true;
  }

  /** Nothing more is performed: whoever waits is told. */
  open(): void {
    for (const tell of this.#waiting.values()) tell(false);
    this.#waiting.clear();
  }
}
