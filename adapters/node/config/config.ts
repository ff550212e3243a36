/** What the operator of a node chose, checked and with every default filled in. */
export interface Config {
  readonly network: NetworkConfig;
  readonly directories: {
    readonly agreement: number;
    readonly followed: readonly FollowedDirectory[];
  };
  readonly roles: RolesConfig;
  readonly metrics: { /** On loopback; undefined for none. */ readonly port: number | undefined };
  readonly log: { readonly level: "debug" | "info" | "warn" | "error" | "silent" };
  readonly settings: {
    readonly one_time_prekeys: number;
    readonly record_life_days: number;
    readonly compact_seconds: number;
    readonly head_age_hours: number;
  };
}

export interface NetworkConfig {
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly scope: "loopback" | "private" | "internet";
  readonly bootstrap: readonly string[];
  /** A signed list, and the anchor that it is verified by: both or neither. */
  readonly bootstrap_list: string | undefined;
  readonly bootstrap_anchor: string | undefined;
  readonly relays: readonly string[];
  readonly serve_relay: boolean;
  readonly dht: "server" | "client" | "auto" | "off";
  readonly mdns: boolean;
  readonly hole_punching: boolean;
  /** 0: kept for good. Undefined: 0 for a node that others are told the address of, 7 for all else. */
  readonly identity_days: number | undefined;
}

export interface FollowedDirectory {
  /** The line, or a file that holds it. */
  readonly anchor: string;
  readonly mirrors: readonly string[];
  readonly directory: string;
}

export interface RolesConfig {
  readonly mirror: boolean;
  /** A witness's folder, and the anchors of the logs that it cosigns. */
  readonly witness: string | undefined;
  readonly witness_logs: readonly string[];
  /** A directory's folder, and where its witnesses are reached, by the hexadecimal beginning of their keys. */
  readonly directory: string | undefined;
  readonly directory_witnesses: Readonly<Record<string, string>>;
}

/** What is wrong with a configuration: one line for each key or value, with its path. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly mistakes: readonly string[];

  constructor(source: string, mistakes: readonly string[]) {
    super(
      mistakes.length === 1
        ? `${source}: ${mistakes[0]}`
        : [`${source} has ${mistakes.length} mistakes:`, ...mistakes.map((mistake) => `  ${mistake}`)].join("\n"),
    );
    this.mistakes = mistakes;
  }
}
