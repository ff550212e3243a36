import { bytesToHex } from "@noble/hashes/utils.js";
import { decode } from "../../core/codec/index.ts";
import { ANSWER_BYTES_MAX, answerCodec } from "../../core/node/index.ts";
import { verifyPart } from "../../core/quorum/index.ts";
import { headHash, type TreeHead } from "../../core/tlog/index.ts";
import type { SimLog, World } from "../world/index.ts";
import { Ancestry } from "./ancestry.ts";
import type { Oracle } from "./judge.ts";

interface Signed {
  readonly head: TreeHead;
  readonly hash: string;
}

/** What an honest witness signs is one history, whatever it is asked and whenever it dies: judged by its answers on the wire. */
export const witnessHonesty: Oracle = {
  name: "witness-honesty",
  demand: "an honest witness never signs two heads of one epoch, nor a head that does not descend from all it signed",
  watch(world, judge) {
    /** Heads that a witness was asked to sign and did not yet, by its name and by their hash. */
    const asked = new Map<string, Map<string, TreeHead>>();
    /** What a witness signed, by its name. */
    const signed = new Map<string, Signed[]>();
    const ancestry = new Ancestry(world, (head, hash, to) => {
      asked.set(to, (asked.get(to) ?? new Map<string, TreeHead>()).set(hash, head));
    });

    const sign = (name: string, head: TreeHead, hash: string): void => {
      const now = { head, hash };
      const before = (signed.get(name) ?? []).filter((one) => sameLog(one.head, head));
      signed.set(name, [...(signed.get(name) ?? []), now]);
      const newest = before.reduce<Signed | undefined>(
        (a, b) => (a && a.head.epoch >= b.head.epoch ? a : b),
        undefined,
      );
      // What descends from the newest descends from all that the newest descends from.
      const against = newest !== undefined && newest.head.epoch <= head.epoch ? [newest] : before;
      for (const earlier of against) {
        const [old, young] = earlier.head.epoch <= head.epoch ? [earlier, now] : [now, earlier];
        const descends = ancestry.ancestor(young.hash, old.head.epoch) === old.hash;
        judge.check(
          descends,
          () => `${name} signed two histories, at epochs ${old.head.epoch} and ${young.head.epoch}`,
        );
      }
    };

    world.network.tap(
      ({ bytes, from }) => {
        const witness = witnessOf(world, from);
        if (witness === undefined || !world.isHonest(witness.institution)) return;
        const answer = decode(answerCodec, bytes, ANSWER_BYTES_MAX);
        if (!answer.ok || answer.value.kind !== "cosigned") return;
        const { signature } = answer.value;
        for (const [hash, head] of [...(asked.get(from) ?? [])]) {
          if (!verifyPart(world.suite, witness.member, headHash(world.suite, head), signature)) continue;
          asked.get(from)?.delete(hash);
          sign(from, head, hash);
        }
      },
      ["answer"],
    );
    return {};
  },
};

function sameLog(a: TreeHead, b: TreeHead): boolean {
  return bytesToHex(a.log) === bytesToHex(b.log);
}

function witnessOf(world: World, name: string): SimLog["witnesses"][number] | undefined {
  return world.logs.flatMap(({ witnesses }) => witnesses).find(({ institution }) => institution.name === name);
}
