import { decode, encode, secret, struct, uint } from "../../core/codec/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { ED25519_SEED_BYTES } from "../../core/suite/index.ts";
import { systemRandom } from "../suite/index.ts";
import type { Cell } from "./cell.ts";

const DAY_MS = 86_400_000;

/** Whom the network takes this node for: a key of its own, which says nothing about the account. */
export interface NetworkIdentity {
  /** 32 bytes. */
  readonly seed: Secret;
  /** When it was drawn. */
  readonly drawn: number;
}

const codec = struct({ seed: secret(ED25519_SEED_BYTES), drawn: uint(Number.MAX_SAFE_INTEGER) });
const BYTES_MAX = 64;

/** The identity that the cell holds, or a new one where that is missing or due; durable when it is returned. */
export function networkIdentity(cell: Cell, days: number, now: number): NetworkIdentity {
  const stored = cell.read();
  const held = stored === undefined ? undefined : decode(codec, stored, BYTES_MAX);
  stored?.fill(0);
  if (held?.ok === true && !isDue(held.value, days, now)) return held.value;
  if (held?.ok === true) held.value.seed.wipe();
  const fresh = { seed: new Secret(systemRandom.bytes(ED25519_SEED_BYTES)), drawn: now };
  const bytes = encode(codec, fresh);
  cell.write(bytes);
  bytes.fill(0);
  return fresh;
}

/** When the identity is to be drawn anew; undefined for never. */
export function identityUntil({ drawn }: Pick<NetworkIdentity, "drawn">, days: number): number | undefined {
  return days === 0 ? undefined : drawn + days * DAY_MS;
}

/** One that was drawn in the future, before the clock was set back, is due as well: else it would stay for long. */
function isDue(identity: NetworkIdentity, days: number, now: number): boolean {
  const until = identityUntil(identity, days);
  return until !== undefined && (now >= until || identity.drawn > now);
}
