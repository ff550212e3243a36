import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import {
  RECORD_LIFE_MS_MAX,
  SEQUENCE_AHEAD_MS_MAX,
  SIGNED_OVERHEAD_BYTES,
  signRecord,
  verifyRecord,
} from "../../core/record/index.ts";
import { assert } from "../../core/safety/index.ts";
import { CAPSULE_BUCKETS, stretchLabel } from "../../core/vkd/index.ts";
import type { SimLog, World } from "../world/index.ts";

/** Where a signed record's sequence number begins; its body begins 16 bytes after it. */
const SEQUENCE_AT = 33;

/**
 * Somebody who knows a label signs its capsule of this moment again and again, as far ahead of the clock as storing
 * peers take it, so that no newer one takes its place until the end.
 */
export function reviveOldCapsule(world: World, log: SimLog, label: string, untilMs: number): void {
  const { record } = stretchLabel(world.suite, log.anchor, label);
  const held = world.network.records.get(bytesToHex(record.address));
  const old = held && verifyRecord(world.suite, record.address, held.value, world.kernel.now);
  assert(old?.ok === true, "a capsule that was never stored cannot be kept");
  world.note({ kind: "fault", from: "storing peers", note: "old capsule" });
  const { body } = old.value;
  overwrite(world, untilMs, () =>
    world.network.putRecord(
      record.address,
      signRecord(world.suite, record, newest(world), body),
      newest(world).expires,
    ),
  );
}

/** Somebody who knows labels signs rubbish in the place of their capsules. */
export function spoilCapsules(world: World, log: SimLog, labels: readonly string[], untilMs: number): void {
  const stream = world.streamOf("spoilt capsules");
  const keys = labels.map((label) => stretchLabel(world.suite, log.anchor, label).record);
  world.note({ kind: "fault", from: "storing peers", note: "spoilt capsules" });
  overwrite(world, untilMs, () => {
    for (const key of keys) {
      const value = signRecord(world.suite, key, newest(world), stream.bytes(CAPSULE_BUCKETS[0] ?? 0));
      world.network.putRecord(key.address, value, newest(world).expires);
    }
  });
}

/**
 * Somebody who has no secret of anybody's crawls all records, and puts others in their places: with a later time, and
 * with a body of noise.
 */
export function scribbleRecords(world: World, untilMs: number): void {
  const stream = world.streamOf("scribbles");
  world.note({ kind: "fault", from: "a stranger", note: "overwrites records" });
  overwrite(world, untilMs, () => {
    for (const [name, { value, verified }] of world.network.records) {
      // Nothing else can be said where content is.
      if (verified.kind === "content") continue;
      const scribbled = value.slice();
      const body = stream.bytes(value.length - SIGNED_OVERHEAD_BYTES);
      new DataView(scribbled.buffer).setBigUint64(SEQUENCE_AT, BigInt(newest(world).sequence));
      scribbled.set(body, SEQUENCE_AT + 16);
      world.network.putRecord(hexToBytes(name), scribbled, newest(world).expires);
    }
  });
}

/**
 * From now on storing peers return, of every record that they have at this moment, that one instead of a newer one,
 * at this rate: the worst that they can do beside returning nothing, since what they return is verified.
 */
export function handOutOldRecords(world: World, rate: number): void {
  const old = new Map([...world.network.records].map(([name, { value }]) => [name, value]));
  const stream = world.streamOf("old records");
  world.note({ kind: "fault", from: "storing peers", note: "old records" });
  world.network.alterRecords((value, address) =>
    stream.chance(rate) ? (old.get(bytesToHex(address)) ?? value) : value,
  );
}

function newest({ kernel }: World): { readonly sequence: number; readonly expires: number } {
  return { sequence: kernel.now + SEQUENCE_AHEAD_MS_MAX, expires: kernel.now + RECORD_LIFE_MS_MAX };
}

/** Now, and so often that what is stored meanwhile supersedes nothing. */
function overwrite(world: World, untilMs: number, act: () => void): void {
  act();
  world.every(SEQUENCE_AHEAD_MS_MAX, untilMs, act);
}
