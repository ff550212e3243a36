import { array, bytes, type Codec, refined, statementOf, struct, text, uint } from "../../core/codec/index.ts";
import { ED25519_PUBLIC_BYTES } from "../../core/suite/index.ts";
import { type Line, lineOf } from "../directory/index.ts";
import { nativeSuite } from "../suite/index.ts";

/** Who may sign the lists of one network. */
export const SIGNERS_MAX = 16;
const NETWORK_BYTES_MAX = 64;
const ANCHOR_BYTES_MAX: number = 8 + NETWORK_BYTES_MAX + SIGNERS_MAX * (ED25519_PUBLIC_BYTES + 2);
const ANCHOR_DOMAIN = "chhaya bootstrap anchor v1";

/** What a node is given out of band to believe a bootstrap list. */
export interface BootstrapAnchor {
  /** What its operators call the network; at most 64 bytes. */
  readonly network: string;
  /** Signatures that a list needs: 1 to the number of keys. */
  readonly threshold: number;
  /** Ed25519 keys, 32 bytes each: ascending, each once. */
  readonly keys: readonly Uint8Array[];
}

export const anchorCodec: Codec<BootstrapAnchor> = refined(
  struct({
    network: text(NETWORK_BYTES_MAX),
    threshold: uint(SIGNERS_MAX),
    keys: array(bytes(ED25519_PUBLIC_BYTES), SIGNERS_MAX),
  }),
  ({ keys, network, threshold }) =>
    network.length > 0 &&
    threshold >= 1 &&
    threshold <= keys.length &&
    keys.every((key, i) => i === 0 || compare(keys[i - 1] as Uint8Array, key) < 0),
);

export const bootstrapAnchorLine: Line<BootstrapAnchor> = lineOf(
  "CHHAYABOOTANCHOR1",
  "an anchor of bootstrap lists",
  anchorCodec,
  ANCHOR_BYTES_MAX,
);

/** Names an anchor: 32 bytes. A signature on a list is one for this network, this quorum, and no other. */
export function anchorIdOf(anchor: BootstrapAnchor): Uint8Array {
  return nativeSuite.sha256(statementOf(ANCHOR_DOMAIN, anchorCodec, anchor));
}

/** Bytewise; of keys, which have one length. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}
