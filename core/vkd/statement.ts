import {
  array,
  bytes,
  bytesUpTo,
  type Codec,
  encode,
  refined,
  statementOf,
  struct,
  text,
  uint,
} from "../codec/index.ts";
import { type Account, CARD_BYTES_MAX, cardFromBytes } from "../identity/index.ts";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import { ED25519_PUBLIC_BYTES, ED25519_SIGNATURE_BYTES, SHA256_BYTES, type Suite } from "../suite/index.ts";
import { isLabel, LABEL_BYTES_MAX, VERSIONS_MAX } from "./label.ts";

/** How often a label can change hands. */
export const TRANSFERS_MAX = 8;
/** The longest encoding of a {@link Registration}. */
export const REGISTRATION_BYTES_MAX = 2_585;
/** The newest version that can be registered: the one after it has an index too, whose absence a lookup shows. */
export const REGISTERED_VERSIONS_MAX: number = VERSIONS_MAX - 1;

/** An account's statement that a label is another's from a version on. */
export interface Transfer {
  /** The first version of the new account, from 2. */
  readonly version: number;
  /** The new account, Ed25519, 32 bytes. */
  readonly account: Uint8Array;
  /** Ed25519 by the account before, 64 bytes. */
  readonly signature: Uint8Array;
}

/** What a label stands for in one version: the value that a leaf of the tree commits to. */
export interface Registration {
  /** The log that it was made for, 32 bytes. */
  readonly log: Uint8Array;
  readonly label: string;
  /** From 1 to {@link REGISTERED_VERSIONS_MAX}. */
  readonly version: number;
  /** Ed25519 account key, 32 bytes. */
  readonly account: Uint8Array;
  /** A binary contact card of that account. */
  readonly card: Uint8Array;
  /** How the label came from the account of version 1 to this one: ascending versions, none newer than this. */
  readonly lineage: readonly Transfer[];
  /** Milliseconds since the Unix epoch, by the account's clock. */
  readonly issued: number;
  /** Ed25519 by the account over everything above, 64 bytes. */
  readonly signature: Uint8Array;
}

export type RegistrationCode =
  /** What was asked for is no label. */
  | "vkd/label"
  | "vkd/other-label"
  /** Made for another log. */
  | "vkd/registration-other-log"
  /** The card does not decode. */
  | "vkd/card"
  | "vkd/card-other-account"
  /** It does not lead from the account of version 1 to this one in ascending versions up to this one. */
  | "vkd/lineage"
  | "vkd/lineage-signature"
  | "vkd/registration-signature";

const REGISTRATION_DOMAIN = "chhaya label registration v1";
const TRANSFER_DOMAIN = "chhaya label transfer v1";

const labelCodec = refined(text(LABEL_BYTES_MAX), isLabel);

export const transferCodec: Codec<Transfer> = struct({
  version: refined(uint(REGISTERED_VERSIONS_MAX), (version) => version >= 2),
  account: bytes(ED25519_PUBLIC_BYTES),
  signature: bytes(ED25519_SIGNATURE_BYTES),
});

const transferred = struct({
  log: bytes(SHA256_BYTES),
  label: labelCodec,
  version: uint(REGISTERED_VERSIONS_MAX),
  account: bytes(ED25519_PUBLIC_BYTES),
});

const unsigned = {
  log: bytes(SHA256_BYTES),
  label: labelCodec,
  version: refined(uint(REGISTERED_VERSIONS_MAX), (version) => version >= 1),
  account: bytes(ED25519_PUBLIC_BYTES),
  card: bytesUpTo(CARD_BYTES_MAX),
  lineage: array(transferCodec, TRANSFERS_MAX),
  issued: uint(),
} as const;
const unsignedCodec = struct(unsigned);

export const registrationCodec: Codec<Registration> = struct({
  ...unsigned,
  signature: bytes(ED25519_SIGNATURE_BYTES),
});

/** The value that a leaf commits to; at most {@link REGISTRATION_BYTES_MAX} bytes. */
export function registrationBytes(registration: Registration): Uint8Array {
  return encode(registrationCodec, registration);
}

/** Signs what the label stands for in one version of one log. */
export function register(
  suite: Suite,
  account: Account,
  fields: Omit<Registration, "account" | "signature">,
): Registration {
  const statement = { ...fields, account: account.publicKey };
  const signature = suite.ed25519Sign(account.seed, statementOf(REGISTRATION_DOMAIN, unsignedCodec, statement));
  return { ...statement, signature };
}

/** `from` hands the label over to the account `to` (32 bytes), whose first version will be `version`. */
export function transferTo(
  suite: Suite,
  from: Account,
  log: Uint8Array,
  label: string,
  version: number,
  to: Uint8Array,
): Transfer {
  const statement = statementOf(TRANSFER_DOMAIN, transferred, { log, label, version, account: to });
  return { version, account: to, signature: suite.ed25519Sign(from.seed, statement) };
}

/**
 * Checks a registration that was decoded by itself: whose it is, card, lineage, signature. `first` is the account of
 * version 1, without which only version 1 verifies. That a directory holds it, and nothing newer, is for the proofs.
 */
export function verifyRegistration(
  suite: Suite,
  registration: Registration,
  expected: { readonly log: Uint8Array; readonly label: string; readonly first?: Uint8Array },
): Result<void, RegistrationCode> {
  if (!isLabel(expected.label)) return err("vkd/label");
  if (registration.label !== expected.label) return err("vkd/other-label");
  if (!equalConstantTime(registration.log, expected.log)) return err("vkd/registration-other-log");
  const card = cardFromBytes(registration.card);
  if (!card.ok) return err("vkd/card");
  card.value.introduction.wipe();
  if (!equalConstantTime(card.value.account, registration.account)) return err("vkd/card-other-account");
  const led = verifyLineage(suite, registration, expected.first);
  if (!led.ok) return led;
  const statement = statementOf(REGISTRATION_DOMAIN, unsignedCodec, registration);
  if (!suite.ed25519Verify(registration.account, statement, registration.signature)) {
    return err("vkd/registration-signature");
  }
  return ok(undefined);
}

function verifyLineage(
  suite: Suite,
  registration: Registration,
  first: Uint8Array | undefined,
): Result<void, "vkd/lineage" | "vkd/lineage-signature"> {
  const { label, lineage, log, version } = registration;
  const origin = first ?? (version === 1 ? registration.account : undefined);
  if (origin === undefined) return err("vkd/lineage");
  let newest = 1;
  for (const transfer of lineage) {
    if (transfer.version <= newest || transfer.version > version) return err("vkd/lineage");
    newest = transfer.version;
  }
  // Before any signature: a lineage that leads elsewhere costs its sender more than its reader.
  if (!equalConstantTime(lineage.at(-1)?.account ?? origin, registration.account)) return err("vkd/lineage");
  let owner = origin;
  for (const transfer of lineage) {
    const { account, signature } = transfer;
    const statement = statementOf(TRANSFER_DOMAIN, transferred, { log, label, version: transfer.version, account });
    if (!suite.ed25519Verify(owner, statement, signature)) return err("vkd/lineage-signature");
    owner = account;
  }
  return ok(undefined);
}
