import { bytesToHex } from "@noble/hashes/utils.js";
import { decode } from "../../core/codec/index.ts";
import { QUESTION_BYTES_MAX, questionCodec } from "../../core/node/index.ts";
import { headHash, type TreeHead } from "../../core/tlog/index.ts";
import type { World } from "../world/index.ts";

/** Every head that a directory shows its witnesses, from which the whole of each of its histories follows. */
export class Ancestry {
  readonly #world: World;
  /** By hexadecimal hash. */
  readonly #heads = new Map<string, TreeHead>();

  /** `shown` is called for each head that somebody is asked to sign. */
  constructor(world: World, shown: (head: TreeHead, hash: string, to: string) => void = () => {}) {
    this.#world = world;
    world.network.tap(
      ({ bytes, to }) => {
        const question = decode(questionCodec, bytes, QUESTION_BYTES_MAX);
        if (!question.ok || question.value.kind !== "cosign") return;
        const { head } = question.value;
        const hash = bytesToHex(headHash(this.#world.suite, head));
        this.#heads.set(hash, head);
        shown(head, hash, to);
      },
      ["question"],
    );
  }

  /** The hash of what a head descends from at an earlier epoch; of itself at its own. Undefined where it is unknown. */
  ancestor(hash: string, epoch: number): string | undefined {
    let at = hash;
    for (let head = this.#heads.get(at); head !== undefined; head = this.#heads.get(at)) {
      if (head.epoch <= epoch) return head.epoch === epoch ? at : undefined;
      at = bytesToHex(head.previous);
    }
    return undefined;
  }
}
