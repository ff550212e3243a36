import { array, bytes, type Codec, refined, statementOf, struct, text, uint } from "../../core/codec/index.ts";
import { ED25519_SIGNATURE_BYTES, SHA256_BYTES } from "../../core/suite/index.ts";
import { type Line, lineOf } from "../directory/index.ts";
import { SIGNERS_MAX } from "./anchor.ts";

/** Peers in a list. */
export const PEERS_MAX = 64;
/** The longest address of one. */
export const PEER_CHARS_MAX = 256;
const LIST_DOMAIN = "chhaya bootstrap list v1";
const LIST_BYTES_MAX: number = 64 + PEERS_MAX * (PEER_CHARS_MAX + 4);
const SIGNED_BYTES_MAX: number = LIST_BYTES_MAX + SIGNERS_MAX * (ED25519_SIGNATURE_BYTES + 4) + 8;

/** Where a node begins. */
export interface BootstrapList {
  /** Of the anchor that it is for: 32 bytes. */
  readonly anchor: Uint8Array;
  /** Grows with every list: none is taken that is older than the last one. */
  readonly sequence: number;
  /** Milliseconds since the Unix epoch. */
  readonly issued: number;
  readonly expires: number;
  /** Multiaddrs that end in `/p2p/` and a peer id; at least one. */
  readonly peers: readonly string[];
}

/** By the key at this place in the anchor. */
export interface ListSignature {
  readonly signer: number;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

export interface SignedBootstrapList {
  readonly list: BootstrapList;
  /** By ascending places, each once. */
  readonly signatures: readonly ListSignature[];
}

export const listCodec: Codec<BootstrapList> = refined(
  struct({
    anchor: bytes(SHA256_BYTES),
    sequence: uint(),
    issued: uint(),
    expires: uint(),
    peers: array(text(PEER_CHARS_MAX), PEERS_MAX),
  }),
  ({ expires, issued, peers }) => issued < expires && peers.length > 0,
);

const signedCodec: Codec<SignedBootstrapList> = refined(
  struct({
    list: listCodec,
    signatures: array(
      struct({ signer: uint(SIGNERS_MAX - 1), signature: bytes(ED25519_SIGNATURE_BYTES) }),
      SIGNERS_MAX,
    ),
  }),
  ({ signatures }) => signatures.every(({ signer }, i) => i === 0 || (signatures[i - 1]?.signer ?? -1) < signer),
);

export const bootstrapListLine: Line<SignedBootstrapList> = lineOf(
  "CHHAYABOOTSTRAP1",
  "a bootstrap list",
  signedCodec,
  SIGNED_BYTES_MAX,
);

/** What is signed. */
export function listStatement(list: BootstrapList): Uint8Array {
  return statementOf(LIST_DOMAIN, listCodec, list);
}
