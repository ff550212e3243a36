import { encode } from "../../core/codec/index.ts";
import { gossipCodec } from "../../core/node/index.ts";
import { combine, cosign, rotationHash, type UnsignedRotation, witnessSetId } from "../../core/quorum/index.ts";
import { assert, Secret } from "../../core/safety/index.ts";
import { setOf, type SimLog, type Term, type World } from "../world/index.ts";

/** Tells every neighbour that the witnesses of a log handed over to its own keys, as only they can sign. */
export class Usurper {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #witnesses: readonly { readonly seed: Secret; readonly member: SimLog["witnesses"][number]["member"] }[];

  constructor(world: World, log: SimLog) {
    const { suite } = world;
    this.#world = world;
    this.#log = log;
    // As many as there are seats, so that the bitmap and the threshold are in order.
    this.#witnesses = Array.from({ length: log.plan.witnesses }, () => {
      const seed = new Secret(world.stream.bytes(32));
      return { seed, member: { key: suite.blsPublic(seed), possession: suite.blsProvePossession(seed) } };
    });
  }

  /** A rotation after `term`, from `fromEpoch` on, cosigned by those who would gain from it. */
  claim(term: Term, fromEpoch: number): void {
    const { network, parties, suite } = this.#world;
    const { bytes, plan } = this.#log;
    const own = setOf(suite, this.#witnesses, plan.threshold);
    const statement: UnsignedRotation = {
      log: bytes,
      sequence: term.sequence + 1,
      from: witnessSetId(suite, setOf(suite, term.witnesses, plan.threshold)),
      to: own,
      fromEpoch,
    };
    const hash = rotationHash(suite, statement);
    const parts = this.#witnesses.map(
      ({ member, seed }) => [own.members.indexOf(member), cosign(suite, seed, hash)] as const,
    );
    const cosignature = combine(suite, own, new Map(parts));
    assert(cosignature !== undefined, "a set of witnesses signs its own rotation");
    const gossip = encode(gossipCodec, { kind: "rotation", rotation: { ...statement, cosignature } });
    for (const { name } of parties) network.inject("usurper", name, gossip, "forged rotation", "gossip");
  }
}
