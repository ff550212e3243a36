import { decode, encode } from "../../core/codec/index.ts";
import {
  type Announcement,
  answerCodec,
  gossipCodec,
  QUESTION_BYTES_MAX,
  type Question,
  questionCodec,
} from "../../core/node/index.ts";
import { type Cosignature, cosign } from "../../core/quorum/index.ts";
import { headHash, type SignedHead } from "../../core/tlog/index.ts";
import { Replica } from "../../core/vkd/index.ts";
import type { Institution, SimLog, SimWitness, World } from "../world/index.ts";

/** Witnesses whose seeds the directory has: they cosign whatever it asks for, remember nothing, and spread nothing. */
export class Colluders {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #witnesses: readonly SimWitness[];

  constructor(world: World, log: SimLog, witnesses: readonly SimWitness[]) {
    this.#world = world;
    this.#log = log;
    this.#witnesses = witnesses;
    const names = new Set(witnesses.map(({ institution }) => institution.name));
    // What their machines hear of one face they would tell the other.
    world.network.rule("colluders", ({ from, kind, to }) => {
      return kind === "gossip" && (names.has(from) || names.has(to)) ? "drop" : "pass";
    });
    for (const { institution, seed } of witnesses) {
      world.corrupt(institution);
      world.network.answerFor(institution.name, (_, bytes) => {
        const question = cosignQuestion(bytes);
        if (question === undefined) return "pass";
        const signature = cosign(world.suite, seed, headHash(world.suite, question.head));
        return encode(answerCodec, { kind: "cosigned", signature });
      });
    }
  }

  /** What these witnesses alone make of a head, however many a quorum needs. */
  cosignature(head: SignedHead): Cosignature {
    const { suite } = this.#world;
    const { members } = this.#log.anchor.witnesses;
    const signers = new Uint8Array(Math.ceil(members.length / 8));
    const parts = this.#witnesses.map(({ member, seed }) => {
      const place = members.indexOf(member);
      signers[place >> 3] = (signers[place >> 3] as number) | (1 << (place & 7));
      return cosign(suite, seed, headHash(suite, head));
    });
    return { signers, signature: suite.blsAggregate(parts) ?? new Uint8Array(96) };
  }

  /** Every head that this directory asks witnesses to sign is shown to the victims, with what these alone signed. */
  press(directory: Institution, victims: readonly string[]): void {
    const { network, suite } = this.#world;
    let pressed = 0;
    network.tap(
      ({ bytes, from }) => {
        const question = from === directory.name ? cosignQuestion(bytes) : undefined;
        if (question === undefined || question.head.epoch <= pressed) return;
        const { head, succession } = question;
        const replica = new Replica(suite, this.#log.bytes, directory.machine.index);
        if (replica.epoch < head.epoch) return;
        pressed = head.epoch;
        const announcement: Announcement = {
          head: { head, cosignature: this.cosignature(head) },
          succession,
          epoch: replica.epochProof(head.epoch),
        };
        const gossip = encode(gossipCodec, { kind: "head", ...announcement });
        for (const victim of victims) network.inject(directory.name, victim, gossip, "under-witnessed head", "gossip");
      },
      ["question"],
    );
  }
}

function cosignQuestion(bytes: Uint8Array): Extract<Question, { kind: "cosign" }> | undefined {
  const question = decode(questionCodec, bytes, QUESTION_BYTES_MAX);
  return question.ok && question.value.kind === "cosign" ? question.value : undefined;
}
