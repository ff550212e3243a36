import { multiaddr } from "@multiformats/multiaddr";
import { bytesField, joined, numberField } from "./frames.ts";

/** Messages of the DHT, by the numbers of the kad-dht specification. */
export const PUT_VALUE = 0;
export const GET_VALUE = 1;
export const FIND_NODE = 4;

/** A peer as the DHT tells of it. */
export interface Told {
  readonly multihash: Uint8Array;
  readonly address: string;
}

/** A request, or an answer that names these peers as closer. `record`: a serialized Libp2pRecord. */
export function kadMessage(
  type: number,
  key: Uint8Array,
  closer: readonly Told[] = [],
  record?: Uint8Array,
): Uint8Array {
  const peers = closer.map(({ address, multihash }) =>
    bytesField(8, bytesField(1, multihash), bytesField(2, multiaddr(address).bytes), numberField(3, 1)),
  );
  const records = record === undefined ? [] : [bytesField(3, record)];
  return joined([numberField(1, type), bytesField(2, key), ...records, ...peers]);
}

export interface Request {
  readonly type: number;
  readonly key: Uint8Array;
  readonly record: Uint8Array | undefined;
}

/** What honest nodes ask, or answer; undefined for what is no message of theirs. */
export function readRequest(message: Uint8Array): Request | undefined {
  let type = PUT_VALUE;
  let key = new Uint8Array(0);
  let record: Uint8Array | undefined;
  let at = 0;
  const number = (): number => {
    const end = message.findIndex((byte, i) => i >= at && byte < 128) + 1;
    const value = message.subarray(at, end).reduce((sum, byte, i) => sum + (byte % 128) * 128 ** i, 0);
    at = end === 0 ? message.length : end;
    return value;
  };
  while (at < message.length) {
    const tag = number();
    const value = number();
    if (tag % 8 === 0 && tag >> 3 === 1) type = value;
    if (tag % 8 !== 2) continue;
    if (tag >> 3 === 2) key = message.slice(at, at + value);
    if (tag >> 3 === 3) record = message.slice(at, at + value);
    at += value;
  }
  return key.length === 0 ? undefined : { type, key, record };
}
