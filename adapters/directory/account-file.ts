import { bytes, secret, struct } from "../../core/codec/index.ts";
import {
  type Account,
  type ContactCard,
  DEVICE_ID_BYTES,
  generateAccount,
  INTRODUCTION_BYTES,
} from "../../core/identity/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { ED25519_SEED_BYTES } from "../../core/suite/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { FolderError } from "./folder-error.ts";
import { type Line, lineOf } from "./line.ts";
import { createLine, loadLine } from "./state-file.ts";

/** A person's account key, and what its contact card says of one device. */
export interface AccountFile {
  readonly account: Account;
  readonly device: Uint8Array;
  readonly introduction: Secret;
}

interface Stored {
  readonly seed: Secret;
  readonly device: Uint8Array;
  readonly introduction: Secret;
}

const line: Line<Stored> = lineOf(
  "CHHAYAACCOUNT1",
  "an account key",
  struct({
    seed: secret(ED25519_SEED_BYTES),
    device: bytes(DEVICE_ID_BYTES),
    introduction: secret(INTRODUCTION_BYTES),
  }),
  128,
);

/** Makes an account and writes its key to a new file. */
export function createAccount(file: string): AccountFile {
  const account = generateAccount(nativeSuite, systemRandom);
  const device = systemRandom.bytes(DEVICE_ID_BYTES);
  const introduction = new Secret(systemRandom.bytes(INTRODUCTION_BYTES));
  createLine(line, file, { seed: account.seed, device, introduction });
  return { account, device, introduction };
}

export function loadAccount(file: string): AccountFile {
  const stored = loadLine(line, file);
  if (stored === undefined) throw new FolderError(`there is no account key in ${file}; --new makes one`);
  const { device, introduction, seed } = stored;
  return { account: { seed, publicKey: nativeSuite.ed25519Public(seed) }, device, introduction };
}

/** The card under which a label stands for this account. */
export function cardOf({ account, device, introduction }: AccountFile, label: string): ContactCard {
  return { account: account.publicKey, device, introduction, label, addresses: [] };
}
