import { bytesToHex } from "@noble/hashes/utils.js";
import { decode } from "../../core/codec/index.ts";
import { ANSWER_BYTES_MAX, answerCodec, QUESTION_BYTES_MAX, questionCodec } from "../../core/node/index.ts";
import { verifyPart } from "../../core/quorum/index.ts";
import { headHash, type TreeHead } from "../../core/tlog/index.ts";
import type { SimLog, World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

interface Signed {
  readonly head: TreeHead;
  readonly hash: string;
}

/** Watches every witness of these logs: what an honest one signs is one history, whatever it is asked and whenever it dies. */
export const witnessHonesty: Oracle = {
  name: "witness-honesty",
  demand: "an honest witness never signs two heads of one epoch, nor a head that does not descend from all it signed",
  watch(world, judge) {
    /** Every head that a directory showed a witness, by its hash. */
    const heads = new Map<string, TreeHead>();
    /** Heads that a witness was asked to sign and did not yet, by its name. */
    const asked = new Map<string, Map<string, TreeHead>>();
    const signed = new Map<string, Signed[]>();

    /** What a head descends from at an earlier epoch, as far as it is known. */
    const ancestor = (head: TreeHead, epoch: number): string | undefined => {
      let hash = bytesToHex(headHash(world.suite, head));
      for (let at: TreeHead | undefined = head; at !== undefined && at.epoch > epoch; at = heads.get(hash)) {
        hash = bytesToHex(at.previous);
      }
      return hash;
    };
    const sign = (name: string, now: Signed): void => {
      const before = signed.get(name) ?? [];
      for (const earlier of before) {
        const [old, young] = earlier.head.epoch <= now.head.epoch ? [earlier, now] : [now, earlier];
        if (bytesToHex(old.head.log) !== bytesToHex(young.head.log)) continue;
        const descends = ancestor(young.head, old.head.epoch) === old.hash;
        judge.check(
          descends,
          () => `${name} signed two histories, at epochs ${old.head.epoch} and ${young.head.epoch}`,
        );
      }
      if (!before.some(({ hash }) => hash === now.hash)) signed.set(name, [...before, now]);
    };

    world.network.tap(
      ({ bytes, from, kind, to }) => {
        if (kind === "question") {
          const question = decode(questionCodec, bytes, QUESTION_BYTES_MAX);
          if (!question.ok || question.value.kind !== "cosign") return;
          const { head } = question.value;
          const hash = bytesToHex(headHash(world.suite, head));
          heads.set(hash, head);
          asked.set(to, (asked.get(to) ?? new Map<string, TreeHead>()).set(hash, head));
          return;
        }
        const witness = witnessOf(world, from);
        if (witness === undefined || !world.isHonest(witness.institution)) return;
        const answer = decode(answerCodec, bytes, ANSWER_BYTES_MAX);
        if (!answer.ok || answer.value.kind !== "cosigned") return;
        const { signature } = answer.value;
        for (const [hash, head] of [...(asked.get(from) ?? [])]) {
          if (!verifyPart(world.suite, witness.member, headHash(world.suite, head), signature)) continue;
          asked.get(from)?.delete(hash);
          sign(from, { head, hash });
        }
      },
      ["question", "answer"],
    );
    return {};
  },
};

function witnessOf(world: World, name: string): SimLog["witnesses"][number] | undefined {
  return world.logs.flatMap(({ witnesses }) => witnesses).find(({ institution }) => institution.name === name);
}
