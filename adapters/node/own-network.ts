import type { Secret } from "../../core/safety/index.ts";
import type { Home } from "../home/index.ts";
import { sealedCell } from "./cell.ts";
import type { Config } from "./config/index.ts";
import type { NodeTransport } from "./network.ts";
import { identityUntil, type NetworkIdentity, networkIdentity } from "./network-identity.ts";
import type { NodeEnvironment } from "./node.ts";
import { isServing } from "./roles.ts";

const IDENTITY_DAYS = 7;

/** How a node gets onto the network: each time under its network identity, which is another one when it is due. */
export class OwnNetwork {
  readonly #home: Home;
  readonly #config: Config;
  readonly #key: Secret;
  readonly #environment: NodeEnvironment;
  #identity: NetworkIdentity | undefined;

  constructor(home: Home, config: Config, key: Secret, environment: NodeEnvironment) {
    this.#home = home;
    this.#config = config;
    this.#key = key;
    this.#environment = environment;
  }

  /** Undefined where there is to be none. */
  async start(): Promise<NodeTransport | undefined> {
    const { clock, log, metrics, startNetwork } = this.#environment;
    if (startNetwork === undefined) return undefined;
    const cell = sealedCell(this.#home.networkIdentity, this.#key);
    const identity = networkIdentity(cell, this.#days, clock.now());
    this.#identity = identity;
    const { seed } = identity;
    const [config, home] = [this.#config, this.#home];
    return startNetwork({ config, home, seed, clock, log, metrics: metrics?.forNetwork() });
  }

  /** When the identity in use was drawn, and when it is due. */
  get identity(): { readonly drawn: number; readonly until: number | undefined } | undefined {
    const identity = this.#identity;
    return identity && { drawn: identity.drawn, until: identityUntil(identity, this.#days) };
  }

  get #days(): number {
    return this.#config.network.identity_days ?? (isServing(this.#config) ? 0 : IDENTITY_DAYS);
  }
}
