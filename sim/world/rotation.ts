import { encode } from "../../core/codec/index.ts";
import {
  combine,
  cosign,
  type Rotation,
  rotationCodec,
  rotationHash,
  type UnsignedRotation,
  witnessSetId,
} from "../../core/quorum/index.ts";
import { assert } from "../../core/safety/index.ts";
import { setOf, type SimLog, type SimWitness } from "./log.ts";
import type { World } from "./world.ts";

/** Who witnesses a log, and since which rotation. */
export interface Term {
  readonly sequence: number;
  readonly witnesses: readonly SimWitness[];
}

/**
 * The witnesses of a term meet, sign over to others from an epoch on, and the directory's operator brings the
 * statement. Returns the term that begins then.
 */
export function rotate(
  world: World,
  log: SimLog,
  term: Term,
  to: readonly SimWitness[],
  fromEpoch: number,
  signers: readonly SimWitness[] = term.witnesses,
): Term {
  const { suite } = world;
  const { threshold } = log.plan;
  const from = setOf(suite, term.witnesses, threshold);
  const statement: UnsignedRotation = {
    log: log.bytes,
    sequence: term.sequence + 1,
    from: witnessSetId(suite, from),
    to: setOf(suite, to, threshold),
    fromEpoch,
  };
  const hash = rotationHash(suite, statement);
  const parts = new Map(
    signers.map(({ member, seed }) => [from.members.indexOf(member), cosign(suite, seed, hash)] as const),
  );
  const cosignature = combine(suite, from, parts);
  assert(cosignature !== undefined, "a quorum of the old witnesses signs");
  const rotation: Rotation = { ...statement, cosignature };
  const witnesses = to.map(({ institution, member: { key } }) => ({
    address: world.network.addressOf(institution.name),
    key,
  }));
  log.directory.machine.command({ kind: "adopt-rotation", rotation: encode(rotationCodec, rotation), witnesses });
  return { sequence: statement.sequence, witnesses: to };
}
