import { bytes, secret, struct } from "../../core/codec/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { ED25519_PUBLIC_BYTES, ED25519_SEED_BYTES } from "../../core/suite/index.ts";
import { createLine, FolderError, type Line, lineOf, loadLine } from "../directory/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";

/** A signer's public key, as an anchor takes it: 32 bytes. */
export const signerLine: Line<{ readonly key: Uint8Array }> = lineOf(
  "CHHAYABOOTSIGNER1",
  "a signer of bootstrap lists",
  struct({ key: bytes(ED25519_PUBLIC_BYTES) }),
  64,
);

const keyLine: Line<{ readonly seed: Secret }> = lineOf(
  "CHHAYABOOTKEY1",
  "a key for bootstrap lists",
  struct({ seed: secret(ED25519_SEED_BYTES) }),
  64,
);

/** Makes a key, and writes it to a new file of mode 0600. Returns its public half, 32 bytes. */
export function createSigner(file: string): Uint8Array {
  const seed = new Secret(systemRandom.bytes(ED25519_SEED_BYTES));
  createLine(keyLine, file, { seed });
  const key = nativeSuite.ed25519Public(seed);
  seed.wipe();
  return key;
}

/** The seed in a file, 32 bytes; the caller wipes it. */
export function loadSigner(file: string): Secret {
  const stored = loadLine(keyLine, file);
  if (stored === undefined) throw new FolderError(`there is no key in ${file}; "chhaya bootstrap keygen" makes one`);
  return stored.seed;
}
