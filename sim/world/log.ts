import { bytesToHex } from "@noble/hashes/utils.js";
import type { FollowedLog, LogId, Roles, Settings } from "../../core/node/index.ts";
import { enrol, type WitnessMember, type WitnessSet } from "../../core/quorum/index.ts";
import { assert, Secret } from "../../core/safety/index.ts";
import type { StretchCost, Suite } from "../../core/suite/index.ts";
import { type LogAnchor, logId, type RegistryKeys } from "../../core/vkd/index.ts";
import type { Stream } from "../kernel/index.ts";
import type { Institution } from "./institution.ts";
import type { Person } from "./person.ts";
import type { World } from "./world.ts";

/** The least that Argon2id takes: a simulation counts stretchings, it does not wait for them. */
const COST: StretchCost = { memoryKiB: 8, passes: 1 };

/** What a log is to be made of. */
export interface LogPlan {
  readonly witnesses: number;
  /** How many of them a head needs. */
  readonly threshold: number;
  readonly mirrors: number;
  readonly epochMs: number;
  /** Further witnesses, with machines, whom the first set does not name. */
  readonly spares?: number;
  /** Of every machine that serves the log. */
  readonly settings?: Partial<Settings>;
}

export interface SimWitness {
  readonly member: WitnessMember;
  readonly seed: Secret;
  readonly institution: Institution;
}

/** A directory with its witnesses and mirrors, each on a machine of its own, and what its operators know. */
export interface SimLog {
  readonly id: LogId;
  readonly bytes: Uint8Array;
  readonly anchor: LogAnchor;
  readonly keys: RegistryKeys;
  readonly directory: Institution;
  /** Of the first set, in its order; then the spares. */
  readonly witnesses: readonly SimWitness[];
  readonly mirrors: readonly Institution[];
  readonly followed: FollowedLog;
  readonly plan: LogPlan;
}

/** Sets up a log and starts its machines: `name-directory`, `name-witness0` … and `name-mirror0` … */
export function establish(world: World, name: string, plan: LogPlan): SimLog {
  const { suite } = world;
  const stream = world.streamOf(`log ${name}`);
  const secret = (part: string): Secret => new Secret(stream.child(part).bytes(32));
  const keys: RegistryKeys = { signing: secret("signing"), vrf: secret("vrf"), salts: secret("salts") };
  const all = Array.from({ length: plan.witnesses + (plan.spares ?? 0) }, (_, i) => witness(suite, stream, i));
  const first = all.slice(0, plan.witnesses);
  const witnesses = setOf(suite, first, plan.threshold);
  const anchor: LogAnchor = {
    name,
    key: suite.ed25519Public(keys.signing),
    vrf: suite.vrfPublic(keys.vrf),
    witnesses,
    cost: COST,
    epochMs: plan.epochMs,
  };
  const addressed = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${name}-${kind}${i}`);
  const at = (party: string): string => world.network.addressOf(party);
  const serving = addressed("mirror", plan.mirrors);
  const registrar = `${name}-directory`;
  const followed: FollowedLog = { anchor, servers: serving.map(at), directory: at(registrar) };
  const serve = (party: string, roles: Roles): Institution => {
    const institution = world.institution(party, { logs: [followed], ...roles }, plan.settings);
    institution.restart();
    return institution;
  };
  // In the order of the set, so that a witness is found where a bitmap says.
  const ordered = [...first].sort((a, b) => placeIn(witnesses, a.member) - placeIn(witnesses, b.member));
  const named = addressed("witness", all.length);
  const seated = [...ordered, ...all.slice(plan.witnesses)].map((each, i) => ({
    ...each,
    name: named[i] as string,
  }));
  const mirrors = serving.map((party) => serve(party, { mirrors: true }));
  const sims = seated.map(({ member, name: party, seed }) => ({
    member,
    seed,
    institution: serve(party, { witness: { seed, logs: [anchor] } }),
  }));
  const asked = seated
    .slice(0, plan.witnesses)
    .map(({ member: { key }, name: party }) => ({ address: at(party), key }));
  const directory = serve(registrar, { directory: { anchor, keys, witnesses: asked } });
  const bytes = logId(suite, anchor);
  const log = { id: bytesToHex(bytes), bytes, anchor, keys, directory, witnesses: sims, mirrors, followed, plan };
  world.logs.push(log);
  return log;
}

function witness(suite: Suite, stream: Stream, i: number) {
  const seed = new Secret(stream.child(`witness ${i}`).bytes(32));
  return { seed, member: { key: suite.blsPublic(seed), possession: suite.blsProvePossession(seed) } };
}

/** The set of these witnesses. */
export function setOf(suite: Suite, witnesses: readonly Pick<SimWitness, "member">[], threshold: number): WitnessSet {
  const set = enrol(
    suite,
    witnesses.map(({ member }) => member),
    threshold,
  );
  assert(set.ok, "witnesses of a simulation hold their keys");
  return set.value;
}

function placeIn(set: WitnessSet, { key }: WitnessMember): number {
  const name = bytesToHex(key);
  return set.members.findIndex((member) => bytesToHex(member.key) === name);
}

/** People who follow the same logs. */
export interface Community {
  person(name: string): Person;
  /** `count` people called `prefix0`, `prefix1` … */
  crowd(prefix: string, count: number): Person[];
  /** Somebody who follows them too, and means harm. */
  adversary(name: string): Person;
}

/** Newcomers follow these logs, and believe what `agreement` of them agree on. */
export function community(
  world: World,
  logs: readonly SimLog[],
  settings: Partial<Settings> = {},
  agreement = 1,
): Community {
  const roles: Roles = { logs: logs.map(({ followed }) => followed), agreement };
  return {
    person: (name) => world.person(name, settings, roles),
    crowd: (prefix, count) => world.crowd(prefix, count, settings, roles),
    adversary: (name) => world.adversary(name, settings, roles),
  };
}
