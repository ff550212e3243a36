import { equalConstantTime, err, ok, type Result, type Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { anchorIdOf, type BootstrapAnchor, compare } from "./anchor.ts";
import { type BootstrapList, listStatement, type SignedBootstrapList } from "./list.ts";

/** No list is for longer: whoever keeps a node from newer ones keeps it no longer with this one. */
export const LIST_LIFE_MS_MAX: number = 400 * 86_400_000;
/** How far the clocks of signers and nodes may be apart. */
const CLOCK_SKEW_MS = 300_000;

export type BootstrapCode =
  /** For another network, or another quorum of this one. */
  | "bootstrap/other-anchor"
  /** Older than a list that was accepted before. */
  | "bootstrap/rollback"
  | "bootstrap/from-future"
  | "bootstrap/expired"
  /** It claims to be good for longer than any list is. */
  | "bootstrap/life"
  /** One of the signatures is not by the key that it names. */
  | "bootstrap/signature"
  /** Fewer than the anchor asks for. */
  | "bootstrap/too-few";

/**
 * Judges a list that came from anywhere. `last`: the highest sequence number that was accepted under this anchor, or
 * undefined. Total.
 */
export function verifyList(
  anchor: BootstrapAnchor,
  { list, signatures }: SignedBootstrapList,
  last: number | undefined,
  now: number,
): Result<BootstrapList, BootstrapCode> {
  if (!equalConstantTime(anchorIdOf(anchor), list.anchor)) return err("bootstrap/other-anchor");
  if (last !== undefined && list.sequence < last) return err("bootstrap/rollback");
  if (list.issued > now + CLOCK_SKEW_MS) return err("bootstrap/from-future");
  if (list.expires <= now) return err("bootstrap/expired");
  if (list.expires - list.issued > LIST_LIFE_MS_MAX) return err("bootstrap/life");
  if (signatures.length < anchor.threshold) return err("bootstrap/too-few");
  const statement = listStatement(list);
  for (const { signature, signer } of signatures) {
    const key = anchor.keys[signer];
    if (key === undefined || !nativeSuite.ed25519Verify(key, statement, signature)) return err("bootstrap/signature");
  }
  return ok(list);
}

/** With one more signature; undefined when the anchor does not know the key. The same key twice is once. */
export function addSignature(
  anchor: BootstrapAnchor,
  { list, signatures }: SignedBootstrapList,
  seed: Secret,
): SignedBootstrapList | undefined {
  const own = nativeSuite.ed25519Public(seed);
  const signer = anchor.keys.findIndex((key) => compare(key, own) === 0);
  if (signer < 0) return undefined;
  const signature = nativeSuite.ed25519Sign(seed, listStatement(list));
  const others = signatures.filter((each) => each.signer !== signer);
  return { list, signatures: [...others, { signer, signature }].sort((a, b) => a.signer - b.signer) };
}
