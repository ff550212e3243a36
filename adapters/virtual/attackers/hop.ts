import { RELAY_V2_HOP_CODEC, RELAY_V2_STOP_CODEC } from "@libp2p/circuit-relay-v2";
import type { Connection, Stream } from "@libp2p/interface";
import { bytesField, framed, joined, numberField, unframer } from "./frames.ts";

/** Messages of circuit relay v2, by the numbers of its specification. */
const OK = 100;
const NO_RESERVATION = 204;
const MESSAGE_MS = 5_000;

const type = (number: number): Uint8Array => numberField(1, number);
const status = (field: number, number: number): Uint8Array => numberField(field, number);

export const RESERVE: Uint8Array = framed(type(0));
export const connectTo = (peer: Uint8Array): Uint8Array =>
  framed(joined([type(1), bytesField(2, bytesField(1, peer))]));
/** To whoever is called: somebody is there. */
const callFrom = (peer: Uint8Array): Uint8Array => framed(joined([type(0), bytesField(2, bytesField(1, peer))]));
const ANSWER_OK: Uint8Array = framed(joined([type(2), status(5, OK)]));
const ANSWER_NO: Uint8Array = framed(joined([type(2), status(5, NO_RESERVATION)]));

/** Grants what was asked for, until a time in seconds since the epoch. */
export const granted = (expires: number): Uint8Array =>
  framed(joined([type(2), bytesField(3, numberField(1, expires)), status(5, OK)]));

/** Whether an answer says yes: with the field of the status, which is the last of all. */
function isYes(message: Uint8Array): boolean {
  return message.some((byte, i) => (byte === 40 || byte === 32) && message[i + 1] === OK);
}

/** The peer that a caller wants, as a multihash; undefined when it wants something else. */
export function calledIn(message: Uint8Array): Uint8Array | undefined {
  // Type CONNECT; the peer, of less than 128 bytes; its id.
  const [field, kind, peer, , id, length = 0] = message;
  if (field !== 8 || kind !== 1 || peer !== 18 || id !== 10) return undefined;
  return message.slice(6, 6 + length);
}

/** The first message that a stream brings. Rejects when none comes. */
export function firstMessage(stream: Stream): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("late")), MESSAGE_MS);
    const take = unframer((message) => {
      clearTimeout(late);
      stream.removeEventListener("message", onMessage);
      resolve(message);
    });
    const onMessage = ({ data }: { readonly data: { subarray(): Uint8Array } }): void => take(data.subarray());
    stream.addEventListener("message", onMessage);
    stream.addEventListener("close", () => reject(new Error("closed")));
  });
}

/** Says one thing to a relay; the stream when it agrees. */
export async function askRelay(relay: Connection, message: Uint8Array): Promise<Stream | undefined> {
  const stream = await relay.newStream(RELAY_V2_HOP_CODEC);
  stream.send(message);
  const agreed = isYes(await firstMessage(stream));
  if (agreed) return stream;
  stream.abort(new Error("refused"));
  return undefined;
}

/** Joins a caller with whom it wants, as an honest relay would, or says that nobody is there. */
export async function putThrough(
  caller: Stream,
  from: Uint8Array,
  called: Connection | undefined,
): Promise<Stream | undefined> {
  const stream = await called?.newStream(RELAY_V2_STOP_CODEC);
  stream?.send(callFrom(from));
  const agreed = stream !== undefined && isYes(await firstMessage(stream));
  caller.send(agreed ? ANSWER_OK : ANSWER_NO);
  return agreed ? stream : undefined;
}
