import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import { type Packet, packetCodec } from "./packet.ts";

const plain: Packet = {
  base: 5,
  ack: { floor: 3, beyond: 2 ** 32 - 1 },
  confirm: undefined,
  confirmed: true,
  reach: undefined,
  reached: undefined,
  messages: [{ seq: 2 ** 52, body: Uint8Array.of(1, 2) }],
};

test("a packet is decoded to itself, and from nothing but its one encoding", () => {
  const bytes = encode(packetCodec, plain);
  expect(decode(packetCodec, bytes, ENVELOPE_BYTES_MAX)).toEqual({ ok: true, value: plain });
  for (let cut = 0; cut < bytes.length; cut++) {
    expect(decode(packetCodec, bytes.subarray(0, cut), ENVELOPE_BYTES_MAX).ok).toBe(false);
  }
});

test("numbers beyond what arithmetic keeps exact are refused", () => {
  const bytes = encode(packetCodec, plain);
  // 2^52 in CBOR: 1b 00 10 00 …
  const at = bytes.findIndex((byte, i) => byte === 0x1b && bytes[i + 1] === 0 && bytes[i + 2] === 0x10);
  expect(at).toBeGreaterThan(0);
  const beyond = bytes.slice();
  beyond.set([0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], at + 2);
  expect(decode(packetCodec, beyond, ENVELOPE_BYTES_MAX)).toMatchObject({ ok: false });
});

test("any bytes give a packet or a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const decoded = decode(packetCodec, bytes, ENVELOPE_BYTES_MAX);
      if (decoded.ok) expect(encode(packetCodec, decoded.value)).toEqual(bytes);
      else expect(decoded.error).toMatch(/^codec\//u);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});
