import {
  type Address,
  type Clock,
  type Command,
  Driver,
  type Effect,
  Engine,
  type EngineEnvironment,
  type EngineEvent,
  type IndexStorage,
  type Millis,
  type Settings,
  type StoredLog,
} from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { FileLogStorage } from "../storage/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import type { Config } from "./config/index.ts";
import type { Correspondence } from "./correspondence.ts";
import { type Home, HomeError } from "../home/index.ts";
import { knowsOthers, type NodeTransport } from "./network.ts";
import { OfflineTransport } from "./offline-transport.ts";
import type { OpenedRoles } from "./roles.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Opens an engine on its log, and may watch it at work. */
export interface EngineOpener {
  open(
    chosen: Omit<EngineEnvironment, "suite" | "random">,
    stored: StoredLog,
    now: Millis,
  ): ReturnType<typeof Engine.open>;
}

const engineOpener: EngineOpener = {
  open: (chosen, stored, now) => Engine.open({ ...chosen, suite: nativeSuite, random: systemRandom }, stored, now),
};

/** What an engine is run with. */
export interface SessionParts {
  readonly home: Home;
  readonly config: Config;
  readonly key: Secret;
  readonly clock: Clock;
  readonly roles: OpenedRoles;
  readonly index: IndexStorage | undefined;
  readonly correspondence: Correspondence;
  /** In the place of the usual one. */
  readonly opener: EngineOpener | undefined;
  /** Undefined: without a network. */
  readonly network: NodeTransport | undefined;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onFailure: (failure: Error) => void;
}

/** One run of the engine on its log, from opening to closing. */
export class Session {
  readonly engine: Engine;
  readonly driver: Driver;
  readonly storage: FileLogStorage;
  /** Messages that damage to the log left in doubt. */
  readonly uncertain: number;
  readonly #network: NodeTransport | undefined;
  readonly #knowsOthers: boolean;
  readonly #first: { readonly effects: readonly Effect[]; readonly again: readonly Command[] };

  static open(parts: SessionParts): Session {
    const storage = FileLogStorage.open(parts.home.log, parts.key);
    try {
      return new Session(parts, storage);
    } catch (failure) {
      void storage.close();
      throw failure;
    }
  }

  private constructor(parts: SessionParts, storage: FileLogStorage) {
    const { clock, config, correspondence, index, network, onEvent, onFailure, opener = engineOpener, roles } = parts;
    const chosen = {
      settings: settingsOf(config),
      roles: roles.roles,
      ...(index === undefined ? {} : { index }),
    };
    const opened = opener.open(chosen, storage.read(), clock.now());
    if (!opened.ok) {
      throw new HomeError(
        `the log in ${parts.home.log} holds no account (${opened.error}): restore a backup with "chhaya import"`,
      );
    }
    const { effects, engine } = opened.value;
    const damaged = effects.some(
      (effect) => effect.kind === "event" && effect.event.kind === "log.recovered" && effect.event.status === "damaged",
    );
    const { again, uncertain } = correspondence.settle(engine, damaged);
    this.engine = engine;
    this.storage = storage;
    this.uncertain = uncertain;
    this.#network = network;
    this.#knowsOthers = knowsOthers(config);
    const transport = network ?? new OfflineTransport(engine.card().addresses);
    const ports = { clock, transport, storage, ...(index === undefined ? {} : { index }) };
    this.driver = new Driver(engine, ports, onEvent, onFailure);
    this.#first = { effects, again };
  }

  /** Goes on where the log ends. Called once, by who is ready for events. */
  begin(): void {
    const { again, effects } = this.#first;
    this.driver.perform(effects);
    for (const command of again) this.driver.command(command);
    for (const { addresses } of this.engine.contacts()) this.keepCompany(addresses);
  }

  /**
   * A contact's addresses. Whom one talks to is nobody's business: contacts are dialled for company only by a node that
   * is given nobody else to begin with.
   */
  keepCompany(addresses: readonly Address[]): void {
    if (this.#knowsOthers) return;
    for (const each of addresses) this.#network?.addPeer(each);
  }

  get network(): NodeTransport | undefined {
    return this.#network;
  }

  /** What is on the disk afterwards is where the next session goes on. */
  async close(): Promise<void> {
    this.driver.stop();
    await Promise.all([this.#network?.stop(), this.storage.close()]);
  }
}

export function settingsOf({ settings }: Config): Partial<Settings> {
  return {
    oneTimePrekeys: settings.one_time_prekeys,
    recordLifeMs: settings.record_life_days * DAY_MS,
    compactMs: settings.compact_seconds * 1_000,
    headAgeMsMax: settings.head_age_hours * HOUR_MS,
  };
}
