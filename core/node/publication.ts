import {
  consumeOneTime,
  nextBundleVersion,
  oneTimePublic,
  type OneTimeSecret,
  oneTimeSecretCodec,
  publishBundle,
  renewCertificate,
  replenish,
  retireSigned,
  rotateSigned,
  sealBundleRecord,
  sealPrekeyRecord,
} from "../identity/index.ts";
import { RECORD_LIFE_MS_MAX, type RecordStamp, sequenceAt } from "../record/index.ts";
import type { Millis } from "./ports.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

const HOUR_MS = 3_600_000;
const DAY_MS: Millis = 24 * HOUR_MS;

export function prekeyKey(id: number): string {
  return `prekey/${id}`;
}

/** Stores one-time prekeys that are new, and marks them for publication. */
export function adoptPrekeys(node: NodeState, added: Iterable<OneTimeSecret>): void {
  for (const pair of added) {
    node.unpublished.add(pair.id);
    node.store.put(prekeyKey(pair.id), oneTimeSecretCodec, pair);
  }
  node.dirty.add("prekeys");
}

/** A one-time prekey has served: its secrets are gone, and the bundle is published without it soon. */
export function consumePrekey(node: NodeState, id: number, now: Millis): void {
  node.prekeys = consumeOneTime(node.prekeys, id);
  node.unpublished.delete(id);
  node.store.delete(prekeyKey(id));
  node.publishAt = Math.min(node.publishAt, now + node.settings.republishMs);
}

/** A new signed prekey and last resort at once, and nothing any more for what the old ones served. */
export function retireLastResort(node: NodeState, now: Millis): void {
  node.prekeys = retireSigned(node.random, node.prekeys, now);
  forgetReplays(node);
  node.dirty.add("prekeys");
  node.publishAt = now;
}

/** A handshake on a prekey that is gone cannot be replayed, so nothing has to be remembered of it. */
export function forgetReplays(node: NodeState): void {
  const kept = node.replayKeys.filter((entry) => node.prekeys.signed.some((prekey) => prekey.id === entry.prekey));
  if (kept.length === node.replayKeys.length) return;
  node.replayKeys = kept;
  node.dirty.add("replay-keys");
}

/**
 * The stamps of what is published now, which everybody can read. Whole hours, so that the records of one person are
 * not told from others' of that hour; but the bundle, which may change more often, has the time itself.
 */
function stampsOf(
  now: Millis,
  version: number,
  lifeMs: Millis,
): { readonly bundle: RecordStamp; readonly prekey: RecordStamp } {
  const expires = Math.ceil((now + lifeMs) / HOUR_MS) * HOUR_MS;
  return {
    bundle: { sequence: sequenceAt(now, version), expires },
    prekey: { sequence: Math.floor(now / HOUR_MS) * HOUR_MS, expires },
  };
}

/** Renews what is due and publishes the bundle, with the records of new one-time prekeys or, when due, of all. */
export function publish(node: NodeState, turn: Turn): void {
  const { random, settings, suite } = node;
  const { account, addresses, device, introduction } = node.profile;
  const renewed = renewCertificate(suite, account, device, turn.now);
  node.profile.device = renewed;
  node.prekeys = rotateSigned(random, node.prekeys, turn.now, false);
  forgetReplays(node);
  const { prekeys, added } = replenish(suite, random, node.prekeys, settings.oneTimePrekeys);
  node.prekeys = prekeys;
  adoptPrekeys(node, added);

  const version = nextBundleVersion(node.profile.bundleVersion, turn.now);
  node.profile.bundleVersion = version;
  node.dirty.add("profile");
  const bundle = publishBundle(suite, renewed, node.prekeys, { version, addresses, now: turn.now });
  // A day less than anybody keeps a record: clocks differ, and expiry is rounded.
  const lifeMs = Math.min(settings.recordLifeMs, RECORD_LIFE_MS_MAX - DAY_MS);
  const stamps = stampsOf(turn.now, version, lifeMs);
  const { expires } = stamps.bundle;
  const sealed = sealBundleRecord(suite, random, introduction, bundle, stamps.bundle);
  turn.effects.push({ kind: "put-record", ...sealed, expires });
  const all = turn.now >= node.republishAllAt;
  if (all) node.republishAllAt = turn.now + lifeMs / 2;
  for (const pair of node.prekeys.oneTime.values()) {
    if (!all && !node.unpublished.has(pair.id)) continue;
    const record = sealPrekeyRecord(suite, random, introduction, pair.hash, oneTimePublic(suite, pair), stamps.prekey);
    turn.effects.push({ kind: "put-record", ...record, expires });
  }
  node.unpublished.clear();
  node.publishAt = node.republishAllAt;
}
