import { array, bytes, type Codec, encode, struct, uint } from "../codec/index.ts";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import { ascii, MLKEM_PUBLIC_BYTES, type Suite, X25519_BYTES } from "../suite/index.ts";
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
const ID_MAX = 2 ** 32 - 1;

/** A pair of prekeys that serves one handshake. */
export interface OneTimePrekey {
  readonly id: number;
  /** 32 bytes. */
  readonly x25519: Uint8Array;
  /** ML-KEM-1024 encapsulation key, 1568 bytes. */
  readonly kem: Uint8Array;
}

/**
 * What a peer needs to start a conversation with a device that is offline. One-time prekeys are listed by
 * hash and kept as records of their own, so that a lookup moves about 5 KB instead of 80.
 */
export interface PrekeyBundle {
  /** Grows with every publication: an older bundle is a rollback. */
  readonly version: number;
  readonly issued: number;
  readonly certificate: DeviceCertificate;
  readonly signed: { readonly id: number; readonly publicKey: Uint8Array; readonly notAfter: number };
  /** The KEM prekey for when no one-time prekey can be had; it serves many handshakes. */
  readonly lastResort: { readonly id: number; readonly publicKey: Uint8Array };
  readonly oneTime: readonly { readonly id: number; readonly hash: Uint8Array }[];
  /** Ed25519 by the device signing key over everything above, 64 bytes. */
  readonly signature: Uint8Array;
}

export type BundleCode =
  | CertificateCode
  | "identity/bundle-signature"
  | "identity/bundle-older"
  | "identity/bundle-from-future"
  | "identity/bundle-expired"
  | "identity/bundle-other-device"
  | "identity/prekey-not-listed";

export const oneTimePrekeyCodec: Codec<OneTimePrekey> = struct({
  id: uint(ID_MAX),
  x25519: bytes(X25519_BYTES),
  kem: bytes(MLKEM_PUBLIC_BYTES),
});

const fields = {
  version: uint(),
  issued: uint(),
  certificate: deviceCertificateCodec,
  signed: struct({ id: uint(ID_MAX), publicKey: bytes(X25519_BYTES), notAfter: uint() }),
  lastResort: struct({ id: uint(ID_MAX), publicKey: bytes(MLKEM_PUBLIC_BYTES) }),
  oneTime: array(struct({ id: uint(ID_MAX), hash: bytes(32) }), ONE_TIME_PREKEYS_MAX),
};
const unsignedCodec = struct(fields);
export const prekeyBundleCodec: Codec<PrekeyBundle> = struct({ ...fields, signature: bytes(64) });

const BUNDLE_DOMAIN = ascii("chhaya prekey bundle v1\0");
const PREKEY_DOMAIN = ascii("chhaya one-time prekey v1\0");

function signedBytes(bundle: Omit<PrekeyBundle, "signature">): Uint8Array {
  const encoded = encode(unsignedCodec, bundle);
  const message = new Uint8Array(BUNDLE_DOMAIN.length + encoded.length);
  message.set(BUNDLE_DOMAIN);
  message.set(encoded, BUNDLE_DOMAIN.length);
  return message;
}

export function signBundle(
  suite: Suite,
  device: LocalDevice,
  unsigned: Omit<PrekeyBundle, "signature" | "certificate">,
): PrekeyBundle {
  const bundle = { ...unsigned, certificate: device.certificate };
  return { ...bundle, signature: suite.ed25519Sign(device.signing, signedBytes(bundle)) };
}

/** The 32-byte hash by which a bundle lists a one-time prekey. */
export function prekeyHash(suite: Suite, prekey: OneTimePrekey): Uint8Array {
  return suite.sha256(PREKEY_DOMAIN, encode(oneTimePrekeyCodec, prekey));
}

/** Checks everything about a bundle: account, device, certificate, signature, age, and that it is no rollback. */
export function verifyBundle(
  suite: Suite,
  bundle: PrekeyBundle,
  expected: {
    readonly account: Uint8Array;
    readonly device: string;
    readonly now: number;
    readonly notBelowVersion: number;
  },
): Result<void, BundleCode> {
  const certified = verifyCertificate(suite, bundle.certificate, expected);
  if (!certified.ok) return certified;
  if (deviceId(suite, bundle.certificate) !== expected.device) return err("identity/bundle-other-device");
  if (bundle.version < expected.notBelowVersion) return err("identity/bundle-older");
  if (bundle.issued > expected.now + CLOCK_SKEW_MS) return err("identity/bundle-from-future");
  if (expected.now - CLOCK_SKEW_MS > bundle.signed.notAfter) return err("identity/bundle-expired");
  if (!suite.ed25519Verify(bundle.certificate.signing, signedBytes(bundle), bundle.signature)) {
    return err("identity/bundle-signature");
  }
  return ok(undefined);
}

/** Checks that a verified bundle lists exactly this one-time prekey. */
export function verifyOneTimePrekey(
  suite: Suite,
  bundle: PrekeyBundle,
  prekey: OneTimePrekey,
): Result<void, "identity/prekey-not-listed"> {
  const hash = prekeyHash(suite, prekey);
  const listed = bundle.oneTime.some((entry) => entry.id === prekey.id && equalConstantTime(entry.hash, hash));
  return listed ? ok(undefined) : err("identity/prekey-not-listed");
}
