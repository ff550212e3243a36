import { bytesToHex } from "@noble/hashes/utils.js";
import { bytes, type Codec, encode, struct, uint } from "../codec/index.ts";
import { equalConstantTime, err, ok, type Result, Secret } from "../safety/index.ts";
import { ascii, type Random, type Suite, x25519KeyPair } from "../suite/index.ts";
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
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Ed25519 by the account, 64 bytes. */
  readonly signature: Uint8Array;
}

export type CertificateCode =
  | "identity/certificate-other-account"
  | "identity/certificate-signature"
  | "identity/certificate-not-yet-valid"
  | "identity/certificate-expired"
  | "identity/certificate-window";

const body = {
  account: bytes(32),
  signing: bytes(32),
  identity: bytes(32),
  notBefore: uint(),
  notAfter: uint(),
} as const;

const unsignedCodec = struct(body);
export const deviceCertificateCodec: Codec<DeviceCertificate> = struct({ ...body, signature: bytes(64) });

const SIGNED_DOMAIN = ascii("chhaya device certificate v1\0");
const DEVICE_DOMAIN = ascii("chhaya device id v1\0");

function signedBytes(certificate: Omit<DeviceCertificate, "signature">): Uint8Array {
  const encoded = encode(unsignedCodec, certificate);
  const message = new Uint8Array(SIGNED_DOMAIN.length + encoded.length);
  message.set(SIGNED_DOMAIN);
  message.set(encoded, SIGNED_DOMAIN.length);
  return message;
}

/** Signs a certificate; the window must respect {@link CERTIFICATE_VALIDITY_MS_MAX}. */
export function issueCertificate(
  suite: Suite,
  account: Account,
  keys: { readonly signing: Uint8Array; readonly identity: Uint8Array },
  notBefore: number,
  notAfter: number,
): DeviceCertificate {
  const unsigned = { account: account.publicKey, ...keys, notBefore, notAfter };
  return { ...unsigned, signature: suite.ed25519Sign(account.seed, signedBytes(unsigned)) };
}

/** Checks the signature, the pinned account when one is given, and the window against `now`. */
export function verifyCertificate(
  suite: Suite,
  certificate: DeviceCertificate,
  expected: { readonly account?: Uint8Array; readonly now: number },
): Result<void, CertificateCode> {
  if (expected.account !== undefined && !equalConstantTime(certificate.account, expected.account)) {
    return err("identity/certificate-other-account");
  }
  const validity = certificate.notAfter - certificate.notBefore;
  if (validity <= 0 || validity > CERTIFICATE_VALIDITY_MS_MAX) return err("identity/certificate-window");
  if (expected.now + CLOCK_SKEW_MS < certificate.notBefore) return err("identity/certificate-not-yet-valid");
  if (expected.now - CLOCK_SKEW_MS > certificate.notAfter) return err("identity/certificate-expired");
  if (!suite.ed25519Verify(certificate.account, signedBytes(certificate), certificate.signature)) {
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

export function generateDevice(suite: Suite, random: Random, account: Account, now: number): LocalDevice {
  const signing = new Secret(random.bytes(32));
  const identity = x25519KeyPair(suite, random);
  const keys = { signing: suite.ed25519Public(signing), identity: identity.publicKey };
  return {
    certificate: issueCertificate(suite, account, keys, now, now + CERTIFICATE_LIFE_MS),
    signing,
    identity: identity.secret,
  };
}

/** The same device under a new certificate once a third of the old one's life is left; otherwise unchanged. */
export function renewCertificate(suite: Suite, account: Account, device: LocalDevice, now: number): LocalDevice {
  const { certificate } = device;
  if (now < certificate.notAfter - CERTIFICATE_LIFE_MS / 3) return device;
  return {
    ...device,
    certificate: issueCertificate(suite, account, certificate, now, now + CERTIFICATE_LIFE_MS),
  };
}
