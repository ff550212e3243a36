import { array, bytes, type Codec, encode, statementOf, struct, uint } from "../codec/index.ts";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import {
  ascii,
  ED25519_SIGNATURE_BYTES,
  MLKEM_PUBLIC_BYTES,
  SHA256_BYTES,
  type Suite,
  X25519_BYTES,
} from "../suite/index.ts";
import { addressesCodec } from "./addresses.ts";
import {
  type CertificateCode,
  CLOCK_SKEW_MS,
  type DeviceCertificate,
  deviceCertificateCodec,
  deviceId,
  type LocalDevice,
  verifyCertificate,
} from "./certificate.ts";

/** One-time prekeys that a bundle lists at most. */
export const ONE_TIME_PREKEYS_MAX = 48;
/** Prekey ids fit 32 bits on the wire. */
export const PREKEY_ID_MAX: number = 2 ** 32 - 1;
/** A signed prekey serves new handshakes for this long: also the longest that an old bundle can be replayed. */
export const SIGNED_PREKEY_LIFE_MS: number = 7 * 86_400_000;

/** The public half of a pair of prekeys that serves one handshake. */
export interface OneTimePrekey {
  readonly id: number;
  /** 32 bytes. */
  readonly x25519: Uint8Array;
  /** ML-KEM-1024 encapsulation key, 1568 bytes. */
  readonly kem: Uint8Array;
}

/**
 * What a peer needs to reach a device, and to start a conversation with it while it is offline. One-time prekeys are listed by
 * hash and kept as records of their own, so that a lookup moves about 6 KB instead of 80.
 */
export interface PrekeyBundle {
  /** Grows with every publication: a smaller one is a rollback. */
  readonly version: number;
  /** Milliseconds since the Unix epoch. */
  readonly issued: number;
  readonly certificate: DeviceCertificate;
  /** Where the device is reached, as in a contact card; the newest bundle is right. */
  readonly addresses: readonly string[];
  /** X25519, 32 bytes. No handshake is started on it after `notAfter`. */
  readonly signed: { readonly id: number; readonly publicKey: Uint8Array; readonly notAfter: number };
  /**
   * ML-KEM-1024, 1568 bytes, for when no one-time prekey can be had; it serves many handshakes. It is made with
   * the signed prekey and has its id, so that a first message names one id for both.
   */
  readonly lastResort: { readonly id: number; readonly publicKey: Uint8Array };
  /** Ascending ids, 32-byte {@link prekeyHash}es. */
  readonly oneTime: readonly { readonly id: number; readonly hash: Uint8Array }[];
  /** Ed25519 by the device signing key over everything above, 64 bytes. */
  readonly signature: Uint8Array;
}

export type BundleCode =
  | CertificateCode
  /** Of another device than the one that was asked for. */
  | "identity/bundle-other-device"
  /** A rollback: older than a version seen before. */
  | "identity/bundle-older"
  | "identity/bundle-from-future"
  /** Its signed prekey claims to serve for longer than {@link SIGNED_PREKEY_LIFE_MS}. */
  | "identity/bundle-window"
  | "identity/bundle-expired"
  /** Ids of one-time prekeys repeat or descend, or the last resort is not the signed prekey's. */
  | "identity/bundle-prekey-ids"
  | "identity/bundle-signature";

export type OneTimePrekeyCode = "identity/prekey-not-listed";

const prekeyId = uint(PREKEY_ID_MAX);

export const oneTimePrekeyCodec: Codec<OneTimePrekey> = struct({
  id: prekeyId,
  x25519: bytes(X25519_BYTES),
  kem: bytes(MLKEM_PUBLIC_BYTES),
});

const unsigned = {
  version: uint(),
  issued: uint(),
  certificate: deviceCertificateCodec,
  addresses: addressesCodec,
  signed: struct({ id: prekeyId, publicKey: bytes(X25519_BYTES), notAfter: uint() }),
  lastResort: struct({ id: prekeyId, publicKey: bytes(MLKEM_PUBLIC_BYTES) }),
  oneTime: array(struct({ id: prekeyId, hash: bytes(SHA256_BYTES) }), ONE_TIME_PREKEYS_MAX),
} as const;
const unsignedCodec = struct(unsigned);

export const prekeyBundleCodec: Codec<PrekeyBundle> = struct({
  ...unsigned,
  signature: bytes(ED25519_SIGNATURE_BYTES),
});

const BUNDLE_DOMAIN = "chhaya prekey bundle v1";
const PREKEY_DOMAIN = ascii("chhaya one-time prekey v1\0");

/** Completes a bundle with this device's certificate and signature. */
export function signBundle(
  suite: Suite,
  device: LocalDevice,
  contents: Omit<PrekeyBundle, "signature" | "certificate">,
): PrekeyBundle {
  const statement = { ...contents, certificate: device.certificate };
  const signature = suite.ed25519Sign(device.signing, statementOf(BUNDLE_DOMAIN, unsignedCodec, statement));
  return { ...statement, signature };
}

/** The 32-byte hash by which a bundle lists a one-time prekey; it covers the id. */
export function prekeyHash(suite: Suite, prekey: OneTimePrekey): Uint8Array {
  return suite.sha256(PREKEY_DOMAIN, encode(oneTimePrekeyCodec, prekey));
}

/**
 * Checks everything about a bundle: certificate, account, device when one is given, rollback, age, signature.
 * Whoever never saw a bundle of this device cannot notice a rollback by less than {@link SIGNED_PREKEY_LIFE_MS}.
 */
export function verifyBundle(
  suite: Suite,
  bundle: PrekeyBundle,
  expected: {
    /** The pinned account key, 32 bytes. */
    readonly account: Uint8Array;
    /** The pinned device id, 32 hexadecimal characters. */
    readonly device?: string;
    readonly now: number;
    /** The newest version seen from this device; 0 when none. */
    readonly notBelowVersion: number;
  },
): Result<void, BundleCode> {
  const { certificate, signed } = bundle;
  const certified = verifyCertificate(suite, certificate, expected);
  if (!certified.ok) return certified;
  if (expected.device !== undefined && deviceId(suite, certificate) !== expected.device) {
    return err("identity/bundle-other-device");
  }
  if (bundle.version < expected.notBelowVersion) return err("identity/bundle-older");
  if (bundle.issued > expected.now + CLOCK_SKEW_MS) return err("identity/bundle-from-future");
  // The publisher's own clock may have moved within the skew since it made the prekey.
  if (signed.notAfter > bundle.issued + SIGNED_PREKEY_LIFE_MS + CLOCK_SKEW_MS) return err("identity/bundle-window");
  if (expected.now - CLOCK_SKEW_MS > signed.notAfter) return err("identity/bundle-expired");
  if (bundle.lastResort.id !== signed.id || !isAscending(bundle.oneTime)) return err("identity/bundle-prekey-ids");
  const statement = statementOf(BUNDLE_DOMAIN, unsignedCodec, bundle);
  if (!suite.ed25519Verify(certificate.signing, statement, bundle.signature)) return err("identity/bundle-signature");
  return ok(undefined);
}

function isAscending(listed: PrekeyBundle["oneTime"]): boolean {
  let last = -1;
  for (const { id } of listed) {
    if (id <= last) return false;
    last = id;
  }
  return true;
}

/** Checks that a verified bundle lists exactly this one-time prekey, id and both keys. */
export function verifyOneTimePrekey(
  suite: Suite,
  bundle: PrekeyBundle,
  prekey: OneTimePrekey,
): Result<void, OneTimePrekeyCode> {
  const hash = prekeyHash(suite, prekey);
  const listed = bundle.oneTime.some((entry) => entry.id === prekey.id && equalConstantTime(entry.hash, hash));
  return listed ? ok(undefined) : err("identity/prekey-not-listed");
}
