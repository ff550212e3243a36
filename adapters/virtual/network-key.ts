import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import type { Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";

/** The peer id in base58 of the network identity with this seed of 32 bytes. */
export function peerOf(seed: Secret): string {
  const raw = Buffer.concat([seed.expose(), nativeSuite.ed25519Public(seed)]);
  return peerIdFromPrivateKey(privateKeyFromRaw(raw)).toString();
}
