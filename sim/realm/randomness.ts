import nodeCrypto, { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Draws } from "../divergence/index.ts";
import type { Guard } from "./gates.ts";
import type { Patches } from "./patches.ts";

/** RFC 8410 section 7: a private key is these bytes and 32 more. */
const PKCS8_PREFIX = {
  x25519: Buffer.from("302e020100300506032b656e04220420", "hex"),
  ed25519: Buffer.from("302e020100300506032b657004220420", "hex"),
} as const;

const KEY_BYTES = 32;

type View = NodeJS.ArrayBufferView;

type Encoding = Parameters<KeyObject["export"]>[0];

interface Encodings {
  readonly publicKeyEncoding?: Encoding;
  readonly privateKeyEncoding?: Encoding;
}

interface KeyPair {
  readonly publicKey: unknown;
  readonly privateKey: unknown;
}

function encoded(key: KeyObject, encoding: Encoding): unknown {
  return encoding === undefined ? key : key.export(encoding);
}

function bytesOf(view: View | ArrayBuffer): Uint8Array {
  return view instanceof ArrayBuffer
    ? new Uint8Array(view)
    : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** RFC 9562 section 5.4: version 4. */
function uuid(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

type Done<T> = (failure: Error | null, value: T) => void;

/**
 * Everything of Node's and the platform's that draws, over a source that is asked for at every draw: a realm is given its
 * seed after modules were loaded. `later` calls back as an event.
 */
export function replaceRandomness(
  source: () => Draws,
  later: (run: () => void) => void,
  guard: Guard,
  patches: Patches,
): void {
  const fill = <T extends View | ArrayBuffer>(view: T, offset = 0, size?: number): T => {
    const { BYTES_PER_ELEMENT: unit = 1 } = view as { readonly BYTES_PER_ELEMENT?: number };
    const target = bytesOf(view).subarray(offset * unit, size === undefined ? undefined : (offset + size) * unit);
    target.set(source().bytes(target.length));
    return view;
  };
  const randomFill = (view: View | ArrayBuffer, ...rest: unknown[]): void => {
    const done = rest.pop() as Done<unknown>;
    fill(view, ...(rest as [number?, number?]));
    later(() => done(null, view));
  };
  const randomBytes = (size: number, done?: Done<Buffer>): Buffer | undefined => {
    const bytes = Buffer.from(source().bytes(size));
    if (done === undefined) return bytes;
    later(() => done(null, bytes));
    return undefined;
  };
  const randomInt = (low: number, high?: number | Done<number>, done?: Done<number>): number | undefined => {
    const [from, to] = typeof high === "number" ? [low, high] : [0, low];
    const answer = typeof high === "function" ? high : done;
    if (!(from < to)) throw new RangeError('The value of "max" is out of range.');
    // 48 bits, of which a small range takes a share that differs by less than a millionth between its numbers.
    const drawn = Buffer.from(source().bytes(6)).readUIntBE(0, 6);
    const number = from + (drawn % (to - from));
    if (answer === undefined) return number;
    later(() => answer(null, number));
    return undefined;
  };
  const generateKeyPairSync = (type: string, encodings: Encodings = {}): KeyPair => {
    if (type !== "x25519" && type !== "ed25519")
      return guard.refuse(`generateKeyPairSync("${type}")`, generateKeyPairSync);
    const der = Buffer.concat([PKCS8_PREFIX[type], source().bytes(KEY_BYTES)]);
    const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return {
      publicKey: encoded(createPublicKey(privateKey), encodings.publicKeyEncoding),
      privateKey: encoded(privateKey, encodings.privateKeyEncoding),
    };
  };
  const randomUUID = (): string => uuid(source().bytes(16));
  const getRandomValues = <T extends View>(view: T): T => fill(view);
  patches.put(Math, "random", () => source().unit());
  patches.put(Crypto.prototype, "getRandomValues", getRandomValues);
  patches.put(Crypto.prototype, "randomUUID", randomUUID);
  // It has an accessor of its own, which leads to the other.
  const ofNode = { randomBytes, randomFill, randomFillSync: fill, randomInt, randomUUID };
  for (const [name, value] of Object.entries(ofNode)) patches.put(nodeCrypto, name, value);
  for (const name of ["prng", "pseudoRandomBytes", "rng"]) patches.put(nodeCrypto, name, randomBytes);
  patches.put(nodeCrypto, "generateKeyPairSync", generateKeyPairSync);
}
