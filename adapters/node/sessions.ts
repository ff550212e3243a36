import { HomeError } from "../home/index.ts";
import { Fences } from "./fences.ts";
import { failureFields } from "./log.ts";
import type { NodeEnvironment } from "./node.ts";
import { OwnNetwork } from "./own-network.ts";
import { Session, type SessionParts } from "./session.ts";

/** Pauses between attempts to start the network again under a new identity: what held its port may let go. */
const RESTART_PAUSES_MS: readonly number[] = [1_000, 5_000, 15_000, 60_000];

/** One session after the other on one account: when the network identity is due, the next begins under another. */
export class Sessions {
  readonly #parts: Omit<SessionParts, "network">;
  readonly #environment: NodeEnvironment;
  readonly #network: OwnNetwork;
  readonly #fences: Fences;
  readonly #stopping = new AbortController();
  #current: Session | undefined;
  #last: Session | undefined;
  /** Settled while the session is there. */
  #opening: Promise<Session>;
  #cancelRotation: (() => void) | undefined;

  /** The first begins at once; {@link session} says when it is there, or why not. */
  constructor(parts: Omit<SessionParts, "network">, environment: NodeEnvironment, fences: Fences) {
    this.#parts = parts;
    this.#environment = environment;
    this.#fences = fences;
    this.#network = new OwnNetwork(parts.home, parts.config, parts.key, environment);
    this.#opening = this.#open();
    this.#opening.catch(() => {});
  }

  /** The one that runs; undefined between two. */
  get current(): Session | undefined {
    return this.#current;
  }

  /** The one that runs, or that ran before. */
  get last(): Session | undefined {
    return this.#last;
  }

  get identity(): OwnNetwork["identity"] {
    return this.#network.identity;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** The one that runs; waits while one follows another. */
  session(): Promise<Session> {
    return this.#opening;
  }

  /** Begins another session, under another network identity when that is due: everything is published anew. */
  async renew(): Promise<void> {
    const session = await this.#opening;
    this.#opening = this.#reopen(session);
    this.#opening.catch(() => {});
    await this.#opening;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelRotation?.();
    await this.#opening.catch(() => {});
    await this.#current?.close();
    this.#fences.open();
  }

  async #open(): Promise<Session> {
    const network = await this.#network.start();
    let session: Session | undefined;
    try {
      session = Session.open({ ...this.#parts, network });
      this.#current = session;
      this.#last = session;
      session.begin();
      if (session.uncertain > 0) {
        this.#environment.log.write("warn", "messages in doubt", { count: session.uncertain });
      }
      // What the engine has to say about its start is heard before anybody asks.
      if (!(await this.#fences.pass(session.driver, []))) throw new HomeError("the disk refused the first write");
      this.#scheduleRotation();
      return session;
    } catch (failure) {
      this.#current = undefined;
      // A session closes its network itself.
      await (session === undefined ? network?.stop() : session.close());
      throw failure;
    }
  }

  async #reopen(session: Session): Promise<Session> {
    this.#current = undefined;
    await session.close();
    this.#fences.open();
    for (let attempt = 0; ; attempt++) {
      try {
        const next = await this.#open();
        this.#environment.log.write("info", "network identity changed");
        return next;
      } catch (failure) {
        const pause = RESTART_PAUSES_MS[attempt];
        if (pause === undefined || this.isStopping) {
          this.#parts.onFailure(failure instanceof Error ? failure : new Error("the network did not start again"));
          throw failure;
        }
        this.#environment.log.write("warn", "the network did not start again", failureFields(failure));
        await this.#pause(pause);
      }
    }
  }

  /** Stopping ends it. */
  #pause(ms: number): Promise<void> {
    const { clock } = this.#environment;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + ms, resolve);
      this.#stopping.signal.addEventListener("abort", () => (cancel(), resolve()), { once: true });
    });
  }

  #scheduleRotation(): void {
    const until = this.identity?.until;
    this.#cancelRotation?.();
    if (until === undefined || this.isStopping) return;
    const { clock } = this.#environment;
    this.#cancelRotation = clock.at(Math.max(until, clock.now() + 1), () => {
      this.renew().catch(() => {});
    });
  }
}
