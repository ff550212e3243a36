import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** The one key space there is. */
export const NAMESPACE = "chhaya";

const ADDRESS_BYTES = 32;
const PREFIX = `/${NAMESPACE}/`;
const KEY = new RegExp(`^${PREFIX}([0-9a-f]{${2 * ADDRESS_BYTES}})$`, "u");
const KEY_BYTES = PREFIX.length + 2 * ADDRESS_BYTES;

/** `/chhaya/` and the 32-byte address in hexadecimal, as bytes. */
export function dhtKey(address: Uint8Array): Uint8Array {
  return utf8ToBytes(PREFIX + bytesToHex(address));
}

/** Total: undefined for anything but what {@link dhtKey} makes. */
export function addressOf(key: Uint8Array): Uint8Array | undefined {
  const [, hex] = (key.length === KEY_BYTES && KEY.exec(Buffer.from(key).toString("latin1"))) || [];
  return hex === undefined ? undefined : hexToBytes(hex);
}
