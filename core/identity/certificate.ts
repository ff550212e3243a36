import { bytesToHex } from "@noble/hashes/utils.js";
import { bytes, type Codec, statementOf, struct, uint } from "../codec/index.ts";
import { assert, equalConstantTime, err, ok, type Result, Secret } from "../safety/index.ts";
import {
  ascii,
  ED25519_PUBLIC_BYTES,
  ED25519_SIGNATURE_BYTES,
  ED25519_SEED_BYTES,
  type Random,
  type Suite,
  X25519_BYTES,
  x25519KeyPair,
} from "../suite/index.ts";
import type { Account } from "./account.ts";

/** Difference between two honest clocks that is tolerated. */
export const CLOCK_SKEW_MS = 300_000;
/** A certificate may not be valid for longer: a stolen device is trusted for at most this long. */
export const CERTIFICATE_VALIDITY_MS_MAX: number = 90 * 86_400_000;
/** Validity that this node gives its own certificates. */
export const CERTIFICATE_LIFE_MS: number = 30 * 86_400_000;
export const DEVICE_ID_BYTES = 16;

/** The account's statement that a device speaks for it. */
export interface DeviceCertificate {
  /** Ed25519 account key, 32 bytes. */
  readonly account: Uint8Array;
  /** Ed25519 device signing key, 32 bytes: signs prekey bundles. */
  readonly signing: Uint8Array;
  /** X25519 device identity key, 32 bytes: authenticates handshakes. */
  readonly identity: Uint8Array;
  /** Milliseconds since the Unix epoch; both ends are inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Ed25519 by the account, 64 bytes. */
  readonly signature: Uint8Array;
}

export type CertificateCode =
  /** Not of the account that is pinned. */
  | "identity/certificate-other-account"
  /** Empty, reversed, or longer than {@link CERTIFICATE_VALIDITY_MS_MAX}. */
  | "identity/certificate-window"
  | "identity/certificate-not-yet-valid"
  | "identity/certificate-expired"
  | "identity/certificate-signature";

const unsigned = {
  account: bytes(ED25519_PUBLIC_BYTES),
  signing: bytes(ED25519_PUBLIC_BYTES),
  identity: bytes(X25519_BYTES),
  notBefore: uint(),
  notAfter: uint(),
} as const;
const unsignedCodec = struct(unsigned);

export const deviceCertificateCodec: Codec<DeviceCertificate> = struct({
  ...unsigned,
  signature: bytes(ED25519_SIGNATURE_BYTES),
});

const CERTIFICATE_DOMAIN = "chhaya device certificate v1";
const DEVICE_DOMAIN = ascii("chhaya device id v1\0");

function hasLegalWindow(certificate: Pick<DeviceCertificate, "notBefore" | "notAfter">): boolean {
  const validity = certificate.notAfter - certificate.notBefore;
  return validity > 0 && validity <= CERTIFICATE_VALIDITY_MS_MAX;
}

/** Signs a certificate; asserts a window of at most {@link CERTIFICATE_VALIDITY_MS_MAX}. */
export function issueCertificate(
  suite: Suite,
  account: Account,
  keys: Pick<DeviceCertificate, "signing" | "identity">,
  notBefore: number,
  notAfter: number,
): DeviceCertificate {
  const statement = {
    account: account.publicKey,
    signing: keys.signing,
    identity: keys.identity,
    notBefore,
    notAfter,
  };
  assert(hasLegalWindow(statement), "certificate window out of range");
  const signature = suite.ed25519Sign(account.seed, statementOf(CERTIFICATE_DOMAIN, unsignedCodec, statement));
  return { ...statement, signature };
}

/** Checks the pinned account when one is given, the window against `now` (milliseconds), and the signature. */
export function verifyCertificate(
  suite: Suite,
  certificate: DeviceCertificate,
  expected: { readonly account?: Uint8Array; readonly now: number },
): Result<void, CertificateCode> {
  if (expected.account !== undefined && !equalConstantTime(certificate.account, expected.account)) {
    return err("identity/certificate-other-account");
  }
  if (!hasLegalWindow(certificate)) return err("identity/certificate-window");
  if (expected.now + CLOCK_SKEW_MS < certificate.notBefore) return err("identity/certificate-not-yet-valid");
  if (expected.now - CLOCK_SKEW_MS > certificate.notAfter) return err("identity/certificate-expired");
  const statement = statementOf(CERTIFICATE_DOMAIN, unsignedCodec, certificate);
  if (!suite.ed25519Verify(certificate.account, statement, certificate.signature)) {
    return err("identity/certificate-signature");
  }
  return ok(undefined);
}

/** What a device is known by, whatever certificates it has had: 32 hexadecimal characters. */
export function deviceId(suite: Suite, certificate: Pick<DeviceCertificate, "account" | "signing">): string {
  return bytesToHex(suite.sha256(DEVICE_DOMAIN, certificate.account, certificate.signing).subarray(0, DEVICE_ID_BYTES));
}

/** This device: its certificate and the secrets behind it. */
export interface LocalDevice {
  readonly certificate: DeviceCertificate;
  /** Ed25519 seed, 32 bytes. */
  readonly signing: Secret;
  /** X25519 secret, 32 bytes. */
  readonly identity: Secret;
}

/** A fresh device of `account`, certified from `now` for {@link CERTIFICATE_LIFE_MS}. */
export function generateDevice(suite: Suite, random: Random, account: Account, now: number): LocalDevice {
  const signing = new Secret(random.bytes(ED25519_SEED_BYTES));
  const identity = x25519KeyPair(suite, random);
  const keys = { signing: suite.ed25519Public(signing), identity: identity.publicKey };
  const certificate = issueCertificate(suite, account, keys, now, now + CERTIFICATE_LIFE_MS);
  return { certificate, signing, identity: identity.secret };
}

/**
 * The same device under a new certificate once a third of the old one's life is left, or when the clock was set
 * back so far that others would call it not yet valid. Otherwise the same value, without computing anything.
 */
export function renewCertificate(suite: Suite, account: Account, device: LocalDevice, now: number): LocalDevice {
  const { certificate } = device;
  const early = now + CLOCK_SKEW_MS < certificate.notBefore;
  if (!early && now < certificate.notAfter - CERTIFICATE_LIFE_MS / 3) return device;
  assert(equalConstantTime(account.publicKey, certificate.account), "device belongs to another account");
  return { ...device, certificate: issueCertificate(suite, account, certificate, now, now + CERTIFICATE_LIFE_MS) };
}
