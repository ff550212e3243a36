import { array, type Codec, optional, secret, struct } from "../../core/codec/index.ts";
import {
  DEFAULT_SETTINGS,
  type EngineEnvironment,
  LOGS_MAX,
  type Roles,
  SERVERS_MAX,
  type Settings,
} from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import { BLS_SEED_BYTES, type Random } from "../../core/suite/index.ts";
import { anchorCodec } from "../../core/vkd/index.ts";
import { simulationSuite } from "../suite/index.ts";
import { number, string } from "./values.ts";

/** What an engine is opened with beside its primitives. */
export type Chosen = Pick<EngineEnvironment, "settings" | "roles">;

/** The same, with every default filled in. */
export interface RecordedEnvironment {
  readonly settings: Settings;
  readonly roles: Pick<Required<Roles>, "logs" | "agreement"> & { readonly witness: Roles["witness"] | undefined };
}

const settingsCodec: Codec<Settings> = struct({
  ackDelayMs: number,
  retransmitMs: number,
  retransmitMaxMs: number,
  handshakeLifeMs: number,
  lookupRetryMs: number,
  oneTimePrekeys: number,
  republishMs: number,
  recordLifeMs: number,
  compactRecords: number,
  compactMs: number,
  handshakesBeforeCookie: number,
  headAgeMsMax: number,
  headGossipMs: number,
  askRetryMs: number,
  registrationDifficulty: number,
  ratchet: struct({ kemMessages: number, kemMs: number, sessionMessages: number, sessionMs: number }),
});

export const environmentCodec: Codec<RecordedEnvironment> = struct({
  settings: settingsCodec,
  roles: struct({
    logs: array(struct({ anchor: anchorCodec, servers: array(string, SERVERS_MAX), directory: string }), LOGS_MAX),
    agreement: number,
    witness: optional(struct({ seed: secret(BLS_SEED_BYTES), logs: array(anchorCodec, LOGS_MAX) })),
  }),
});

/** Asserts that the node keeps no index: what is read from one is not among the inputs. */
export function recordedEnvironment({ roles = {}, settings }: Chosen): RecordedEnvironment {
  assert(roles.mirrors !== true && roles.directory === undefined, "a node with an index is not recorded");
  const { agreement = 1, logs = [], witness } = roles;
  return { settings: { ...DEFAULT_SETTINGS, ...settings }, roles: { logs, agreement, witness } };
}

/** The environment in which the engine runs when it is recorded, and again when that is replayed. */
export function engineEnvironment({ roles, settings }: RecordedEnvironment, random: Random): EngineEnvironment {
  const { witness, ...rest } = roles;
  return {
    suite: simulationSuite,
    random,
    settings,
    roles: witness === undefined ? rest : { ...rest, witness },
  };
}
