import type { Stream } from "../kernel/index.ts";
import type { World } from "../world/index.ts";

/** One random alteration: a flipped bit, a cut, an extension, or a splice of noise. */
export function damage(stream: Stream, bytes: Uint8Array): Uint8Array {
  const at = stream.between(0, bytes.length - 1);
  switch (stream.between(0, 3)) {
    case 0:
    case 1: {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << stream.between(0, 7));
      return flipped;
    }
    case 2:
      return stream.chance(0.5) ? bytes.slice(0, at) : new Uint8Array([...bytes, ...stream.bytes(8)]);
    default: {
      const noisy = bytes.slice();
      noisy.set(stream.bytes(Math.min(16, bytes.length - at)), at);
      return noisy;
    }
  }
}

/** Alters this share of all packets anywhere on the wire, until the network heals. */
export function tamperWithPackets(world: World, rate: number): void {
  const stream = world.stream.child("tamper packets");
  world.network.alter(({ bytes, from, to }) => {
    if (!stream.chance(rate)) return bytes;
    world.note({ kind: "fault", from, to, note: "tampered" });
    return damage(stream, bytes);
  });
}

/** Storing peers alter this share of the records that they return. */
export function tamperWithRecords(world: World, rate: number): void {
  const stream = world.stream.child("tamper records");
  world.network.alterRecords((value) => (stream.chance(rate) ? damage(stream, value) : value));
}
