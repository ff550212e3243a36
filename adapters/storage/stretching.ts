import { type Codec, refined, struct, uint } from "../../core/codec/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { KEY_BYTES, STRETCH_KIB_MAX, STRETCH_PASSES_MAX, type StretchCost } from "../../core/suite/index.ts";
import { nativeSuite } from "../suite/index.ts";

/** RFC 9106 section 4 recommends 64 MiB and three passes where memory is scarce; twice that takes about half a second. */
export const STRETCH_COST: StretchCost = { memoryKiB: 131_072, passes: 3 };
/** Memory times passes, in KiB: what a file may demand of who opens it, some seconds. */
export const STRETCH_WORK_MAX: number = 4 * STRETCH_KIB_MAX;
/** Argon2id takes no less. */
const STRETCH_KIB_MIN = 8;
export const STRETCH_SALT_BYTES = 32;

/** Within what is computed for a file of unknown origin. */
export const stretchCostCodec: Codec<StretchCost> = refined(
  struct({ memoryKiB: uint(STRETCH_KIB_MAX), passes: uint(STRETCH_PASSES_MAX) }),
  ({ memoryKiB, passes }) => memoryKiB >= STRETCH_KIB_MIN && passes >= 1 && memoryKiB * passes <= STRETCH_WORK_MAX,
);

/** 32 bytes, by Argon2id; holds the thread up for as long as that takes. */
export function stretch(passphrase: Secret, salt: Uint8Array, cost: StretchCost): Secret {
  return nativeSuite.argon2id(passphrase.expose(), salt, cost, KEY_BYTES);
}
