import { decode, encode } from "../../codec/index.ts";
import { cosign, enrol, witnessSetId } from "../../quorum/index.ts";
import { contentRecord } from "../../record/index.ts";
import { Secret } from "../../safety/index.ts";
import { ascii, type Suite } from "../../suite/index.ts";
import { countingRandom } from "../../suite/testing.ts";
import { headHash, NO_HEAD, type SignedHead, signHead } from "../../tlog/index.ts";
import {
  type Content,
  type LogAnchor,
  logId,
  packChanges,
  type Registration,
  Registry,
  type RegistryKeys,
} from "../../vkd/index.ts";
import type { EngineEvent, Settings } from "../index.ts";
import { MemoryIndex } from "../memory-index.testing.ts";
import { type Bench, type BenchNode } from "../pair.testing.ts";
import { QUESTION_BYTES_MAX } from "../ports.ts";
import {
  type Announcement,
  type Answer,
  answerCodec,
  type Gossip,
  gossipCodec,
  type Question,
  questionCodec,
} from "./messages.ts";
import type { FollowedLog, Roles, WitnessAddress } from "./roles.ts";

export const EPOCH_MS = 10_000;

/** One directory with its keys, witnesses and mirrors, on a bench. */
export interface LogBench {
  readonly anchor: LogAnchor;
  readonly log: Uint8Array;
  readonly keys: RegistryKeys;
  readonly seeds: readonly Secret[];
  readonly addresses: readonly WitnessAddress[];
  readonly followed: FollowedLog;
  readonly directory: BenchNode;
  readonly witnesses: readonly BenchNode[];
  readonly mirrors: readonly BenchNode[];
}

export function seedOf(suite: Suite, name: string): Secret {
  return new Secret(suite.sha256(ascii(name)));
}

export interface LogOptions {
  readonly name?: string;
  readonly witnesses?: number;
  readonly threshold?: number;
  readonly mirrors?: number;
  readonly settings?: Partial<Settings>;
}

/** Settings under which a test needs few virtual seconds. */
export const QUICK: Partial<Settings> = {
  headAgeMsMax: 60_000,
  headGossipMs: 5_000,
  askRetryMs: 1_000,
  registrationDifficulty: 4,
};

export function addLog(bench: Bench, options: LogOptions = {}): LogBench {
  const { suite } = bench;
  const { mirrors = 1, name = "log", settings = {}, threshold = 2, witnesses = 3 } = options;
  const seeds = Array.from({ length: witnesses }, (_, i) => seedOf(suite, `${name} witness ${i}`));
  const members = seeds.map((seed) => ({ key: suite.blsPublic(seed), possession: suite.blsProvePossession(seed) }));
  const set = enrol(suite, members, threshold);
  if (!set.ok) throw new Error(set.error);
  const keys = {
    signing: seedOf(suite, `${name} signing`),
    vrf: seedOf(suite, `${name} vrf`),
    salts: seedOf(suite, `${name} salts`),
  };
  const anchor: LogAnchor = {
    name,
    key: suite.ed25519Public(keys.signing),
    vrf: suite.vrfPublic(keys.vrf),
    witnesses: set.value,
    cost: { memoryKiB: 8, passes: 1 },
    epochMs: EPOCH_MS,
  };
  const addresses = members.map(({ key }, i) => ({ address: `${name}-w${i}`, key }));
  const servers = Array.from({ length: mirrors }, (_, i) => `${name}-m${i}`);
  const followed: FollowedLog = { anchor, servers, directory: `${name}-d` };
  const chosen = { ...QUICK, ...settings };
  const add = (node: string, roles: Roles): BenchNode => bench.add(node, chosen, { logs: [followed], ...roles });
  const witnessNodes = addresses.map(({ address }, i) =>
    add(address, { witness: { seed: seeds[i] as Secret, logs: [anchor] } }),
  );
  const directory = add(`${name}-d`, { directory: { anchor, keys, witnesses: addresses } });
  const mirrorNodes = servers.map((server) => add(server, { mirrors: true }));
  return {
    anchor,
    log: logId(suite, anchor),
    keys,
    seeds,
    addresses,
    followed,
    directory,
    witnesses: witnessNodes,
    mirrors: mirrorNodes,
  };
}

export function addClient(bench: Bench, name: string, logs: readonly LogBench[], roles: Roles = {}): BenchNode {
  return bench.add(name, QUICK, { logs: logs.map(({ followed }) => followed), ...roles });
}

export function eventsOf<K extends EngineEvent["kind"]>(
  node: BenchNode,
  kind: K,
): Extract<EngineEvent, { readonly kind: K }>[] {
  return node.events.filter((event): event is Extract<EngineEvent, { readonly kind: K }> => event.kind === kind);
}

/**
 * A suite whose BLS is a stand-in without any security: signatures are hashes, aggregation is their exclusive or. What
 * a quorum is made of is tested elsewhere; the portable pairing would take most of the time of every test here.
 */
export function standInBls(suite: Suite): Suite {
  const publicOf = (seed: Secret): Uint8Array => expand(48, ascii("public"), seed.expose());
  const expand = (length: number, ...parts: readonly Uint8Array[]): Uint8Array => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
      suite.sha256(new Uint8Array([i]), ...parts),
    );
    return new Uint8Array(Buffer.concat(blocks)).slice(0, length);
  };
  const signature = (key: Uint8Array, message: Uint8Array): Uint8Array => expand(96, key, message);
  const sum = (signatures: readonly Uint8Array[]): Uint8Array =>
    signatures.reduce((total, part) => total.map((byte, i) => byte ^ (part[i] ?? 0)), new Uint8Array(96));
  const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
  return {
    ...suite,
    blsPublic: publicOf,
    blsSign: (seed, message) => signature(publicOf(seed), message),
    blsProvePossession: (seed) => signature(publicOf(seed), ascii("possession")),
    blsVerifyPossession: (key, proof) => equal(proof, signature(key, ascii("possession"))),
    blsVerify: (keys, message, proof) =>
      keys.length > 0 && equal(proof, sum(keys.map((key) => signature(key, message)))),
    blsAggregate: (signatures) => (signatures.length === 0 ? undefined : sum(signatures)),
  };
}

/** The portable suite with the slow pure verifications remembered: the nodes of a test check the same things. */
export function remembering(suite: Suite): Suite {
  const known = new Map<string, unknown>();
  const once = <T>(name: string, parts: readonly Uint8Array[], compute: () => T): T => {
    const key = [name, ...parts.map((part) => Buffer.from(part).toString("base64"))].join(" ");
    if (!known.has(key)) known.set(key, compute());
    return known.get(key) as T;
  };
  return {
    ...suite,
    vrfVerify: (key, input, proof) => once("vrf", [key, input, proof], () => suite.vrfVerify(key, input, proof)),
    blsVerify: (keys, message, signature) =>
      once("bls", [...keys, message, signature], () => suite.blsVerify(keys, message, signature)),
    blsVerifyPossession: (key, proof) => once("pop", [key, proof], () => suite.blsVerifyPossession(key, proof)),
    ed25519Verify: (key, message, signature) =>
      once("ed", [key, message, signature], () => suite.ed25519Verify(key, message, signature)),
  };
}

/** A second story of a log: whoever holds its directory's keys decides epochs of their own, and nobody cosigns them. */
export class Fork {
  readonly registry: Registry;
  readonly #suite: Suite;
  readonly #index = new MemoryIndex(() => {});
  readonly #witnesses: Uint8Array;
  readonly heads: SignedHead[] = [];
  /** The change list of the newest epoch. */
  content: readonly Content[] = [];

  /** From the beginning, or from a copy of the directory's index on. */
  constructor(suite: Suite, { anchor, keys }: LogBench, index?: ReadonlyMap<string, Uint8Array>) {
    this.#suite = suite;
    this.#witnesses = witnessSetId(suite, anchor.witnesses);
    if (index !== undefined) this.#index.restore(index);
    this.registry = new Registry(suite, anchor, keys, this.#index);
    const last = this.registry.replica.head(this.registry.replica.epoch);
    if (last !== undefined) this.heads.push(last.head);
  }

  /** The next epoch, cosigned by these witnesses of the set. */
  publish(time: number, registrations: readonly Registration[], seeds: readonly Secret[], log: LogBench): Announcement {
    for (const { label, version } of registrations) this.#index.apply(this.registry.prepare(label, version));
    const previous = this.heads.at(-1);
    const { content, head, writes } = this.registry.decide(registrations, {
      previous,
      time,
      witnesses: this.#witnesses,
    });
    this.#index.apply(writes);
    this.content = content;
    return this.#announce(head, seeds, log);
  }

  /** An epoch with a leaf that its list of changes does not name. */
  deceive(time: number, seeds: readonly Secret[], log: LogBench): Announcement {
    const previous = this.heads.at(-1);
    const epoch = (previous?.epoch ?? 0) + 1;
    const parent = previous === undefined ? NO_HEAD : headHash(this.#suite, previous);
    const { address, content } = packChanges(this.#suite, log.log, epoch, []);
    const leaf = { index: this.#suite.sha256(ascii("index")), commitment: this.#suite.sha256(ascii("commitment")) };
    const extended = this.registry.replica.extend([leaf], parent, address);
    if (!extended.ok) throw new Error(extended.error);
    this.#index.apply(extended.value.writes);
    this.content = content;
    const { root } = extended.value;
    const statement = { log: log.log, epoch, size: epoch, root, previous: parent, time, witnesses: this.#witnesses };
    return this.#announce(signHead(this.#suite, log.keys.signing, statement), seeds, log);
  }

  #announce(head: SignedHead, seeds: readonly Secret[], log: LogBench): Announcement {
    const previous = this.heads.at(-1);
    this.heads.push(head);
    const hash = headHash(this.#suite, head);
    const { members } = log.anchor.witnesses;
    // By hand: `combine` makes nothing below the threshold.
    const signers = new Uint8Array(Math.ceil(members.length / 8));
    for (const seed of seeds) {
      const key = this.#suite.blsPublic(seed);
      const place = members.findIndex((member) => Buffer.compare(member.key, key) === 0);
      signers[place >> 3] = (signers[place >> 3] ?? 0) | (1 << (place & 7));
    }
    const signature = this.#suite.blsAggregate(seeds.map((seed) => cosign(this.#suite, seed, hash)));
    if (signature === undefined) throw new Error("nobody cosigned");
    const cosignature = { signers, signature };
    const succession = previous === undefined ? undefined : this.registry.replica.succession(previous, head);
    return { head: { head, cosignature }, succession, epoch: this.registry.replica.epochProof(head.epoch) };
  }
}

/**
 * The directory's own operator turns on its users: the honest node is gone, and its keys and state go on in hands that
 * publish whatever they like, cosigned by all witnesses.
 */
export class Usurper {
  readonly #bench: Bench;
  readonly #log: LogBench;
  readonly #fork: Fork;

  constructor(bench: Bench, log: LogBench) {
    this.#bench = bench;
    this.#log = log;
    log.directory.up = false;
    this.#fork = new Fork(bench.suite, log, log.directory.index.snapshot());
    bench.answerers.set(log.followed.directory, (_, question) => {
      const decoded = decode(questionCodec, question, QUESTION_BYTES_MAX);
      const answer = decoded.ok ? this.#answer(decoded.value) : undefined;
      return answer === undefined ? undefined : encode(answerCodec, answer);
    });
  }

  #answer(question: Question): Answer | undefined {
    const { registry } = this.#fork;
    if (question.kind === "find") {
      const capsule = registry.capsule(question.label);
      return capsule === undefined
        ? { kind: "absent", proof: registry.proof(question.label, 1) }
        : { kind: "capsule", capsule };
    }
    const history = question.kind === "history" ? registry.history(question.label, question.from) : undefined;
    return history === undefined ? undefined : { kind: "history", ...history };
  }

  /** The next epoch, which everybody hears of, or only these. */
  publish(
    registrations: readonly Registration[] = [],
    hearers: readonly string[] = [...this.#bench.nodes.keys()],
  ): void {
    this.#spread(this.#fork.publish(this.#bench.now, registrations, this.#log.seeds, this.#log), hearers);
    const stamp = { sequence: this.#bench.now, expires: this.#bench.now + 86_400_000 };
    for (const { label } of registrations) {
      const sealed = this.#fork.registry.sealedCapsule(countingRandom(label), label, stamp);
      if (sealed !== undefined) this.#bench.records.set(Buffer.from(sealed.address).toString("hex"), sealed.value);
    }
  }

  /** An epoch that mirrors must not believe. */
  deceive(): void {
    this.#spread(this.#fork.deceive(this.#bench.now, this.#log.seeds, this.#log), [...this.#bench.nodes.keys()]);
  }

  #spread(announcement: Announcement, hearers: readonly string[]): void {
    for (const { bytes } of this.#fork.content) {
      const { address, value } = contentRecord(this.#bench.suite, bytes);
      this.#bench.records.set(Buffer.from(address).toString("hex"), value);
    }
    for (const name of hearers) {
      const node = this.#bench.nodes.get(name);
      if (node !== undefined) tell(node, { kind: "head", ...announcement });
    }
  }
}

/** Has `node` hear this from a neighbour. */
export function tell(node: BenchNode, message: Gossip, from = "stranger"): void {
  node.hear(from, encode(gossipCodec, message));
}
