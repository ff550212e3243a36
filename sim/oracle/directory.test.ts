import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { encode } from "../../core/codec/index.ts";
import { answerCodec, type DirectoryEvent, type LabelEvent, questionCodec } from "../../core/node/index.ts";
import { cosign } from "../../core/quorum/index.ts";
import { portableSuite as suite } from "../../core/suite/index.ts";
import { headHash, NO_HEAD, signHead, type SignedHead } from "../../core/tlog/index.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { community, establish, type Observer, type Party, type Person, type SimLog, World } from "../world/index.ts";
import {
  conviction,
  declareCrawl,
  declareDeception,
  declareEquivocation,
  declareFlood,
  declareFreeze,
  declareSubstitution,
  freshness,
  headAgreement,
  Judge,
  labelPrivacy,
  lookupLiveness,
  noFalseTrust,
  type Oracle,
  ownerAlarm,
  registration,
  toll,
  witnessHonesty,
} from "./index.ts";

const LOG_ID = "11".repeat(32);

/** A world of two and an adversary; the test calls the oracle's observer itself. */
function stage(oracle: Oracle, makePerson = (world: World, name: string): Person => world.person(name)) {
  const kernel = new Kernel();
  const world = new World(kernel, Stream.seeded(1), suite);
  const [alice, bob] = [makePerson(world, "alice"), makePerson(world, "bob")];
  const mallory = world.adversary("mallory");
  const judge = new Judge(oracle.name, kernel);
  const observer: Observer = oracle.watch(world, judge);
  const hear = (party: Party, event: DirectoryEvent | LabelEvent): void => observer.event?.(party, event);
  const wait = (ms: number): void => kernel.runUntil(kernel.now + ms);
  const verdict = () => {
    observer.ended?.();
    return judge.verdict();
  };
  world.titles.give({ label: "bob", account: bob.account, holder: "bob", sinceMs: 0 });
  return { world, alice, bob, mallory, observer, hear, wait, verdict };
}

/** The same with a log of one witness, which the two follow. */
function bench(oracle: Oracle) {
  const staged = stage(oracle, (world, name) => {
    const [log = establish(world, "log", { witnesses: 1, threshold: 1, mirrors: 0, epochMs: 60_000 })] = world.logs;
    return community(world, [log]).person(name);
  });
  return { ...staged, log: staged.world.logs[0] as SimLog };
}

type Bench = ReturnType<typeof bench>;

/** Heads that the directory could have signed, shown to its witness. */
function show({ log, wait, world }: Bench, ...times: readonly number[]): string[] {
  let previous: SignedHead | undefined;
  return times.map((time) => {
    const epoch = (previous?.epoch ?? 0) + 1;
    const root = suite.sha256(Uint8Array.of(time % 256));
    const before = previous === undefined ? NO_HEAD : headHash(suite, previous);
    const statement = { log: log.bytes, epoch, size: epoch, root, previous: before, time, witnesses: log.bytes };
    previous = signHead(suite, log.keys.signing, statement);
    const question = encode(questionCodec, { kind: "cosign", head: previous, succession: undefined });
    world.network.ask("somebody", log.witnesses[0]?.institution.name ?? "", question, () => {});
    wait(1_000);
    return bytesToHex(headHash(suite, previous));
  });
}

const head = (log: string, epoch: number, hash: string): DirectoryEvent => ({
  kind: "directory.head",
  log,
  epoch,
  hash,
});
const convicted = (log: string, contacts: string[] = []): DirectoryEvent => {
  return { kind: "directory.convicted", log, epoch: 1, contacts };
};
const found = (account: string): LabelEvent => {
  return { kind: "label.found", label: "bob", token: 0, account, version: 1, card: new Uint8Array(0), agreed: [] };
};

describe("head-agreement", () => {
  test("holds for one history, and notices another head of an epoch and another past", () => {
    const one = bench(headAgreement);
    const [first = "", second = "", third = ""] = show(one, 1, 2, 3);
    const { alice, bob, hear, log, verdict } = one;
    for (const party of [alice, bob]) hear(party, head(log.id, 1, first));
    hear(alice, head(log.id, 2, second));
    hear(alice, head(log.id, 3, third));
    hear(bob, head(log.id, 3, third));
    expect(verdict().verdict).toBe("held");

    const two = bench(headAgreement);
    const [, left = ""] = show(two, 1, 2);
    const [, right = ""] = show(two, 1, 4);
    two.hear(two.alice, head(log.id, 2, left));
    two.hear(two.bob, head(log.id, 2, right));
    expect(two.verdict().message).toContain("bob accepted another head of epoch 2");

    const three = bench(headAgreement);
    const [old = ""] = show(three, 1);
    const [, , other = ""] = show(three, 5, 6, 7);
    three.hear(three.alice, head(log.id, 1, old));
    three.hear(three.alice, head(log.id, 3, other));
    expect(three.verdict().message).toContain("alice left its history at epoch 1");
  });

  test("of a declared equivocation, notices who still believes one of two histories", () => {
    const one = bench(headAgreement);
    declareEquivocation(one.world, { log: one.log.id, passes: true, boundMs: 0 });
    one.hear(one.alice, head(one.log.id, 1, "a"));
    one.hear(one.bob, head(one.log.id, 1, "b"));
    expect(one.verdict().message).toContain("alice still believes");
  });
});

describe("conviction", () => {
  test("notices an honest directory that is convicted", () => {
    const { alice, hear, log, verdict } = bench(conviction);
    hear(alice, convicted(log.id));
    expect(verdict().message).toContain("alice convicted an honest directory");
  });

  test("notices who never convicts an equivocating one, and who does so late", () => {
    const one = bench(conviction);
    declareEquivocation(one.world, { log: one.log.id, passes: true, boundMs: 1_000, byMs: 5_000 });
    expect(one.verdict().message).toContain("never convicted");
    const two = bench(conviction);
    declareEquivocation(two.world, { log: two.log.id, passes: true, boundMs: 1_000, byMs: 5_000 });
    two.wait(6_000);
    for (const party of two.world.parties) two.hear(party, convicted(two.log.id));
    expect(two.verdict().message).toContain("convicted 1000 ms after the bound");
  });
});

test("witness-honesty notices two heads of one epoch from one witness", () => {
  for (const [times, verdict] of [
    [[1, 2, 3], "held"],
    [[1], "failed"],
  ] as const) {
    const one = bench(witnessHonesty);
    const [witness] = one.log.witnesses;
    if (witness === undefined) return expect.unreachable();
    const sign = (hash: string): void => {
      const signature = cosign(
        suite,
        witness.seed,
        Uint8Array.from(hash.match(/../gu) ?? [], (x) => Number(`0x${x}`)),
      );
      one.world.network.answerFor(witness.institution.name, () => encode(answerCodec, { kind: "cosigned", signature }));
      one.world.network.ask("somebody", witness.institution.name, new Uint8Array(1), () => {});
      one.wait(1_000);
      one.world.network.answerFor(witness.institution.name, () => "drop");
    };
    one.world.network.attach("somebody", () => {});
    one.world.network.answerFor(witness.institution.name, () => "drop");
    for (const hash of show(one, ...times)) sign(hash);
    if (verdict === "failed") for (const hash of show(one, 9)) sign(hash);
    expect(one.verdict().verdict).toBe(verdict);
  }
});

describe("no-false-trust", () => {
  test("notices another account under a label, from the first moment", () => {
    const one = stage(noFalseTrust);
    one.hear(one.alice, found(one.bob.account));
    expect(one.verdict().verdict).toBe("held");
    one.hear(one.alice, found(one.mallory.account));
    expect(one.verdict().message).toContain("alice takes somebody else for bob");
  });

  test("notices a former holder once the new one is published", () => {
    const one = stage(noFalseTrust);
    const { alice, bob, hear, verdict, wait, world } = one;
    world.titles.give({ label: "bob", account: alice.account, holder: "alice", sinceMs: 0 });
    hear(bob, found(bob.account));
    hear(alice, { kind: "label.registered", log: LOG_ID, label: "bob", version: 2, epoch: 3 });
    expect(verdict().verdict).toBe("held");
    wait(61_000);
    hear(bob, found(bob.account));
    expect(verdict().message).toContain("bob takes somebody else for bob");
  });

  test("notices a declared victim who is not told in time", () => {
    const one = stage(noFalseTrust);
    declareDeception(one.world, { label: "bob", victims: new Set(["alice"]), untilMs: 1_000 });
    const added = { kind: "contact.added", contact: one.mallory.account, name: "bob", trust: "directory" } as const;
    one.observer.event?.(one.alice, added);
    expect(one.verdict().message).toContain("alice was not told");
    const two = stage(noFalseTrust);
    declareDeception(two.world, { label: "bob", victims: new Set(["alice"]), untilMs: 1_000 });
    two.observer.event?.(two.alice, added);
    two.hear(two.alice, convicted(LOG_ID, [added.contact]));
    expect(two.verdict().verdict).toBe("held");
  });
});

describe("owner-alarm", () => {
  const alarm = (log: string): LabelEvent => ({ kind: "label.alarm", log, label: "bob", code: "vkd/foreign-version" });

  test("notices a false alarm, a missing one and a late one", () => {
    const idle = stage(ownerAlarm);
    expect(idle.verdict().verdict).toBe("held");
    idle.hear(idle.bob, alarm(LOG_ID));
    expect(idle.verdict().message).toContain("alarmed for nothing");
    for (const lateMs of [undefined, 0, 5_000]) {
      const one = stage(ownerAlarm);
      declareSubstitution(one.world, { label: "bob", owner: "bob", atMs: 1_000, boundMs: 1_000 });
      one.wait(1_000 + (lateMs ?? 0));
      if (lateMs !== undefined) one.hear(one.bob, alarm(LOG_ID));
      expect(one.verdict().verdict).toBe(lateMs === 0 ? "held" : "failed");
    }
  });
});

test("registration notices a label that is never registered, and one that comes late", () => {
  for (const atMs of [undefined, 500, 5_000]) {
    const one = bench(registration(1_000));
    one.wait(atMs ?? 0);
    const registered = { kind: "label.registered", log: one.log.id, label: "bob", version: 1, epoch: 1 } as const;
    if (atMs !== undefined) one.hear(one.bob, registered);
    expect(one.verdict().verdict).toBe(atMs === 500 ? "held" : "failed");
  }
});

test("lookup-liveness notices a lookup without an answer, and one that takes too long", () => {
  for (const tookMs of [undefined, 500, 5_000]) {
    const one = stage(lookupLiveness(1_000));
    one.hear(one.bob, { kind: "label.registered", log: LOG_ID, label: "bob", version: 1, epoch: 1 });
    one.observer.asked?.(one.alice, "bob", 0);
    one.wait(tookMs ?? 0);
    if (tookMs !== undefined) one.hear(one.alice, found(one.bob.account));
    expect(one.verdict().verdict).toBe(tookMs === 500 ? "held" : "failed");
  }
});

describe("freshness", () => {
  const frozen = (log: string): DirectoryEvent => ({ kind: "directory.frozen", log, reason: "stalled" });

  test("notices a report of a freeze that there is not, a missing one and a late one", () => {
    const idle = stage(freshness);
    idle.hear(idle.alice, frozen(LOG_ID));
    expect(idle.verdict().message).toContain("that there is not");
    for (const atMs of [undefined, 500, 5_000]) {
      const one = stage(freshness);
      const victims = new Set(["alice"]);
      declareFreeze(one.world, { log: LOG_ID, victims, fromMs: 0, headAgeMsMax: 500, boundMs: 500 });
      one.wait(atMs ?? 0);
      if (atMs !== undefined) one.hear(one.alice, frozen(LOG_ID));
      expect(one.verdict().verdict).toBe(atMs === 500 ? "held" : "failed");
    }
  });
});

test("toll notices labels that cost too little", () => {
  for (const hashes of [0, 4_000]) {
    const one = stage(toll);
    declareFlood(one.world, { accepted: () => 10, hashes: () => hashes, difficulty: 8 });
    expect(one.verdict().verdict).toBe(hashes === 0 ? "failed" : "held");
  }
});

describe("label-privacy", () => {
  const crawl = { guessed: new Set(["bob"]), found: () => new Set(["bob"]), stretchings: () => 1 };

  test("notices what a crawler can read", () => {
    const { bob } = stage(labelPrivacy);
    const secrets: readonly [string, Uint8Array][] = [
      ["nothing", new Uint8Array(0)],
      ["a label", new TextEncoder().encode("to bob, in the clear")],
      ["a card", bob.card],
    ];
    for (const [what, bytes] of secrets) {
      const each = stage(labelPrivacy);
      declareCrawl(each.world, { ...crawl, haul: () => [new Uint8Array(100), bytes] });
      expect(each.verdict().verdict).toBe(what === "nothing" ? "held" : "failed");
    }
  });

  test("notices guesses that are free, and an attack that finds too much or nothing", () => {
    const wrong = [
      { stretchings: () => 0 },
      { found: () => new Set<string>() },
      { found: () => new Set(["bob", "x"]) },
    ];
    for (const change of wrong) {
      const one = stage(labelPrivacy);
      declareCrawl(one.world, { ...crawl, haul: () => [], ...change });
      expect(one.verdict().verdict).toBe("failed");
    }
  });
});
