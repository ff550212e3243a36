import type { Clock, Command, Engine, EngineEvent, LogId } from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { ServiceError } from "../control/index.ts";
import { History, SqliteIndex } from "../storage/index.ts";
import { Attention } from "./attention.ts";
import { sealedCell } from "./cell.ts";
import type { Config } from "./config/index.ts";
import { Correspondence } from "./correspondence.ts";
import { Fences } from "./fences.ts";
import { demandHome, type Home } from "../home/index.ts";
import { lockHome } from "./lock-home.ts";
import { failureFields, logEvent, type NodeLog } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { NodeTransport, StartNetwork } from "./network.ts";
import { noticeOf, withdrawnBy } from "./notices.ts";
import { openRoles, type OpenedRoles } from "./roles.ts";
import type { EngineOpener, Session } from "./session.ts";
import { Sessions } from "./sessions.ts";

export interface NodeEnvironment {
  readonly clock: Clock;
  readonly log: NodeLog;
  /** Of this program. */
  readonly version: string;
  /** Undefined: without a network. */
  readonly startNetwork: StartNetwork | undefined;
  readonly metrics?: Metrics;
  /** What opens the account's engine, at the start and after each change of the network identity. */
  readonly opener?: EngineOpener;
}

/** An account at work: its engine on its disk and, where one is wanted, on the network. */
export class ChhayaNode {
  readonly home: Home;
  readonly config: Config;
  readonly history: History;
  readonly attention: Attention;
  readonly correspondence: Correspondence;
  readonly roles: OpenedRoles;
  readonly startedAt: number;
  /** Resolves, with why, when the node had to stop. */
  readonly failed: Promise<Error>;
  readonly #key: Secret;
  readonly #environment: NodeEnvironment;
  readonly #index: SqliteIndex | undefined;
  readonly #release: () => void;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #fences = new Fences();
  readonly #sessions: Sessions;
  #fail: (failure: Error) => void = () => {};
  #failure: Error | undefined;

  /**
   * Opens the account of a home. Throws a HomeError, ConfigError or FolderError that says what has to be put right.
   * `openKey` is asked for the storage key only once nobody else has the home open; the key is the node's then.
   */
  static async open(
    home: Home,
    config: Config,
    openKey: () => Promise<Secret>,
    environment: NodeEnvironment,
  ): Promise<ChhayaNode> {
    demandHome(home);
    const release = lockHome(home);
    let key: Secret | undefined;
    let node: ChhayaNode | undefined;
    let roles: OpenedRoles | undefined;
    try {
      key = await openKey();
      roles = await openRoles(config, home, key);
      node = new ChhayaNode(home, config, key, environment, roles, release);
      await node.session();
      return node;
    } catch (failure) {
      await node?.stop();
      if (node === undefined) {
        roles?.release();
        key?.wipe();
        release();
      }
      throw failure;
    }
  }

  private constructor(
    home: Home,
    config: Config,
    key: Secret,
    environment: NodeEnvironment,
    roles: OpenedRoles,
    release: () => void,
  ) {
    this.home = home;
    this.config = config;
    this.roles = roles;
    this.startedAt = environment.clock.now();
    this.failed = new Promise((resolve) => (this.#fail = resolve));
    this.#key = key;
    this.#environment = environment;
    this.#release = release;
    this.history = History.open(home.history, key);
    this.attention = new Attention(sealedCell(home.attention, key));
    this.correspondence = new Correspondence(this.history, () => environment.clock.now());
    this.#index = roles.needsIndex ? SqliteIndex.open(home.index) : undefined;
    const parts = {
      home,
      config,
      key,
      clock: environment.clock,
      roles,
      index: this.#index,
      correspondence: this.correspondence,
      opener: environment.opener,
      onEvent: (event: EngineEvent) => this.#onEvent(event),
      onFailure: (failure: Error) => this.#onFailure(failure),
    };
    this.#sessions = new Sessions(parts, environment, this.#fences);
  }

  get version(): string {
    return this.#environment.version;
  }

  get clock(): Clock {
    return this.#environment.clock;
  }

  get isOnline(): boolean {
    return this.#environment.startNetwork !== undefined;
  }

  get isStopped(): boolean {
    return this.#sessions.isStopping;
  }

  get isHealthy(): boolean {
    return !this.isStopped && this.#failure === undefined;
  }

  /** Throws where nothing is done any more, with why. */
  demandRunning(): void {
    const code = this.#failure && "code" in this.#failure ? ` (${String(this.#failure.code)})` : "";
    if (this.#failure !== undefined) throw new ServiceError("control/closed", `the node had to stop${code}`);
    if (this.isStopped) throw new ServiceError("control/closed", "the node has stopped");
  }

  /** When the network identity was drawn, and when it will be drawn anew. */
  get identity(): Sessions["identity"] {
    return this.#sessions.identity;
  }

  /** The engine's run; waits while the network identity changes. */
  session(): Promise<Session> {
    return this.#sessions.session();
  }

  /** The engine as it is now, or as it was before the network identity began to change. */
  get engine(): Engine | undefined {
    return this.#sessions.last?.engine;
  }

  /** The network as it is now; undefined between two sessions, and without one. */
  get network(): NodeTransport | undefined {
    return this.#sessions.current?.network;
  }

  directoryName(log: LogId): string {
    const name = this.roles.names.get(log);
    return name === undefined ? `the directory ${log.slice(0, 8)}` : `the directory "${name}"`;
  }

  contactName(account: string): string {
    const contact = this.engine?.contacts().find((each) => each.account === account);
    return contact?.name ?? account.slice(0, 8);
  }

  /** Calls back for every event, until the returned function is called. */
  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives a command and resolves, with the events that came meanwhile, when all that follows from it at once is durable. */
  async command(command: Command): Promise<readonly EngineEvent[]> {
    const events: EngineEvent[] = [];
    const leave = this.listen((event) => events.push(event));
    try {
      await this.fence(command);
      return events;
    } finally {
      leave();
    }
  }

  /** Resolves when all that the engine was given until now has been performed, and these commands as well. */
  async fence(...commands: readonly Command[]): Promise<void> {
    const { driver } = await this.session();
    const passed = await this.#fences.pass(driver, commands);
    this.demandRunning();
    if (!passed) throw new ServiceError("control/closed", "the node starts again meanwhile: try again");
  }

  /** Goes on under another network identity, when that is due. */
  renew(): Promise<void> {
    return this.#sessions.renew();
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    await this.#sessions.stop();
    this.correspondence.changed.ring();
    await Promise.all([this.history.close(), this.#index?.close()]);
    this.roles.release();
    this.#key.wipe();
    this.#release();
  }

  #onEvent(event: EngineEvent): void {
    if (this.#fences.take(event)) return;
    try {
      this.correspondence.take(event, (command) => this.#sessions.current?.driver.command(command));
      this.#notify(event);
    } catch (failure) {
      // What was not written down is not confirmed to the engine, which tells it again at the next start.
      this.#onFailure(failure instanceof Error ? failure : new Error("the history cannot be written"));
      return;
    }
    logEvent(this.#environment.log, event);
    this.#environment.metrics?.count(event);
    for (const listener of this.#listeners) listener(event);
  }

  #notify(event: EngineEvent): void {
    const names = {
      contact: (account: string) => this.contactName(account),
      directory: (log: LogId) => this.directoryName(log),
    };
    const notice = noticeOf(event, names);
    const withdrawn = withdrawnBy(event);
    if (withdrawn !== undefined) this.attention.withdraw(withdrawn);
    if (notice !== undefined && this.attention.notify(notice, this.#environment.clock.now())) {
      this.correspondence.changed.ring();
    }
  }

  #onFailure(failure: Error): void {
    this.#log("error", "the node stops", failureFields(failure));
    this.#failure ??= failure;
    this.#sessions.current?.driver.stop();
    this.#fences.open();
    this.correspondence.changed.ring();
    this.#fail(failure);
  }

  #log(...entry: Parameters<NodeLog["write"]>): void {
    this.#environment.log.write(...entry);
  }
}
