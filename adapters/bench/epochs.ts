import { decode, encode } from "../../core/codec/index.ts";
import { combine, cosign, judgeHead, verifyPart } from "../../core/quorum/index.ts";
import { assert, type Result } from "../../core/safety/index.ts";
import { headHash } from "../../core/tlog/index.ts";
import { type Audit, auditCodec, compareIndices, readChunk, verifyAudit } from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { type Fixture, THRESHOLD } from "./fixture.ts";
import type { Samples } from "./measure.ts";

export const CHANGES = 1_000;
const AUDIT_BYTES_MAX = 16 * 1_048_576;
const AUDITS = 4;

/** Publishes an epoch of {@link CHANGES} new labels, step by step; the length of its audit, in bytes. */
export async function publishOne(fixture: Fixture, samples: Samples, round: number): Promise<number> {
  const { anchor, registry, staging, witnessSeeds } = fixture;
  const labels = Array.from({ length: CHANGES }, (_, i) => `epoch-${round}-label-${i}`);
  const registrations = labels.map((label) => fixture.sign(label, 1));
  const proving = samples.time("epoch: VRF proofs", () => {
    const start = performance.now();
    for (const label of labels) staging.add(fixture.quick.prepare(label, 1));
    return performance.now() - start;
  });
  await staging.flush();

  const previous = fixture.last;
  const start = performance.now();
  const decision = samples.time("epoch: decided", () => fixture.decide(registrations));
  const decided = performance.now();
  staging.add(decision.writes);
  await staging.flush();
  const durable = performance.now();
  samples.add("epoch: durable", durable - decided);
  samples.add("epoch: published", durable - start);
  samples.add("epoch: published, with VRF proofs", durable - start + proving);
  const { head } = decision;
  fixture.heads.push(head);

  const { replica } = registry;
  const hash = headHash(nativeSuite, head);
  const succession = replica.succession(previous, head);
  const cosigning = performance.now();
  const parts = witnessSeeds.slice(0, THRESHOLD).map((seed) =>
    samples.time("cosigning: one witness", () => {
      const judged = judgeHead(
        nativeSuite,
        { id: registry.log, key: anchor.key },
        previous,
        head,
        succession,
        head.time,
      );
      assert(judged.kind === "cosign", "an honest head is cosigned");
      return cosign(nativeSuite, seed, hash);
    }),
  );
  samples.time("cosigning: combined", () => {
    const good = parts.every((part, place) => {
      const member = anchor.witnesses.members[place];
      return member !== undefined && verifyPart(nativeSuite, member, hash, part);
    });
    assert(good && combine(nativeSuite, anchor.witnesses, new Map(parts.entries())) !== undefined, "a quorum combines");
  });
  samples.add("cosigning: all", performance.now() - cosigning);

  const { epoch } = head;
  const leaves = decision.content
    .slice(1)
    .flatMap(({ bytes }) => must(readChunk(bytes)))
    .sort((a, b) => compareIndices(a.index, b.index));
  let bytes = new Uint8Array(0) as Uint8Array;
  for (let i = 0; i < AUDITS; i++) {
    bytes = samples.time("audit: made", () => {
      const old = replica.tree(
        epoch - 1,
        leaves.map(({ index }) => index),
      );
      return encode(auditCodec, { old, leaves });
    });
    samples.time("audit: verified", () => {
      const audit: Audit = must(decode(auditCodec, bytes, AUDIT_BYTES_MAX));
      must(verifyAudit(nativeSuite, replica.treeRoot(epoch - 1), replica.treeRoot(epoch), audit));
    });
  }
  return bytes.length;
}

/** What is measured is right, or the figures mean nothing. */
export function must<T>(result: Result<T, string>): T {
  assert(result.ok, result.ok ? "" : `refused: ${result.error}`);
  return result.value;
}
