import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLOCK_SKEW_MS } from "../identity/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import {
  headHash,
  proveSuccession,
  signHead,
  type SignedHead,
  type Succession,
  verifyEquivocation,
} from "../tlog/index.ts";
import { Directory } from "../tlog/testing.ts";
import { judgeHead, type Judgement } from "./witness.ts";

const SEED = 0x317;
const NOW = 1_000_000;

const prove = (directory: Directory, from: number, to: number): Succession | undefined =>
  proveSuccession(suite, directory.log, directory.leafOf, directory.head(from), directory.head(to));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const identify = (head: SignedHead): string => hex(headHash(suite, head));

function judged(
  directory: Directory,
  last: SignedHead | undefined,
  head: SignedHead,
  succession: Succession | undefined,
  now = NOW,
): Judgement {
  return judgeHead(suite, { id: directory.id, key: directory.key }, last, head, succession, now);
}

const codeOf = (judgement: Judgement): string => (judgement.kind === "refuse" ? judgement.code : judgement.kind);

describe("a witness", () => {
  const directory = Directory.of("judged", 8);
  const fork = directory.fork();
  directory.advance("left", 9_000);
  fork.advance("right", 9_000);
  directory.advance("left", 10_000);

  test("takes any signed head of a log that is new to it", () => {
    const head = directory.head(5);
    expect(judged(directory, undefined, head, undefined)).toEqual({ kind: "cosign", head });
  });

  test("cosigns what descends from the last head that it made durable, and the last one again", () => {
    const [last, head] = [directory.head(3), directory.head(8)];
    expect(judged(directory, last, head, prove(directory, 3, 8))).toEqual({ kind: "cosign", head });
    expect(judged(directory, last, { ...last }, undefined)).toEqual({ kind: "cosign", head: last });
    expect(judged(directory, last, last, undefined, -CLOCK_SKEW_MS)).toEqual({ kind: "cosign", head: last });
  });

  test("refuses a head without the proof, or with the proof of other heads", () => {
    const [last, head] = [directory.head(3), directory.head(8)];
    expect(codeOf(judged(directory, last, head, undefined))).toBe("tlog/inconsistent");
    expect(codeOf(judged(directory, last, head, prove(directory, 4, 8)))).toBe("tlog/inconsistent");
  });

  test("shows two signed heads of one epoch to the world, and says nothing of unsigned ones", () => {
    const judgement = judged(directory, directory.head(9), fork.head(9), undefined);
    if (judgement.kind !== "conflict") throw new Error(codeOf(judgement));
    expect(verifyEquivocation(suite, directory.id, directory.key, judgement.evidence)).toBe(true);
    const forged = { ...fork.head(9), signature: new Uint8Array(64) };
    expect(codeOf(judged(directory, directory.head(9), forged, undefined))).toBe("witness/signature");
  });

  test("calls no older head a conflict, whichever story it is of", () => {
    const last = directory.head(10);
    expect(codeOf(judged(directory, last, directory.head(9), prove(directory, 9, 10)))).toBe("tlog/older");
    expect(codeOf(judged(directory, last, fork.head(9), undefined))).toBe("tlog/older");
  });

  test("refuses a story that continues another head than the last", () => {
    expect(codeOf(judged(directory, fork.head(9), directory.head(10), prove(directory, 9, 10)))).toBe(
      "tlog/inconsistent",
    );
  });

  test("refuses another log, another signer, and time from the future or running backwards", () => {
    const stranger = Directory.of("stranger", 2);
    const head = directory.head(5);
    expect(codeOf(judged(stranger, undefined, head, undefined))).toBe("witness/other-log");
    const claimed = signHead(suite, stranger.seed, { ...stranger.head(2), log: directory.id });
    expect(codeOf(judged(directory, undefined, claimed, undefined))).toBe("witness/signature");
    const atLimit = head.time - CLOCK_SKEW_MS;
    expect(codeOf(judged(directory, undefined, head, undefined, atLimit))).toBe("cosign");
    expect(codeOf(judged(directory, undefined, head, undefined, atLimit - 1))).toBe("witness/from-future");
    const crooked = Directory.of("crooked", 2);
    crooked.advance("", 500);
    const backwards = judged(crooked, crooked.head(2), crooked.head(3), prove(crooked, 2, 3));
    expect(codeOf(backwards)).toBe("tlog/time-backwards");
  });

  test("holds evidence against a head whatever time it claims", () => {
    const early = judged(directory, directory.head(9), fork.head(9), undefined, -CLOCK_SKEW_MS);
    expect(codeOf(early)).toBe("conflict");
  });

  test("whose own record is of another log refuses, and accuses nobody", () => {
    const other = Directory.of("another", 5);
    expect(codeOf(judged(directory, other.head(5), directory.head(5), undefined))).toBe("tlog/conflict");
    expect(codeOf(judged(directory, other.head(4), directory.head(5), undefined))).toBe("tlog/other-log");
  });
});

/** When the machine loses power. */
type Crash = "never" | "before persisting" | "after persisting";

/** A directory that may tell any number of stories, and a witness with a disk. */
class World {
  readonly stories: Directory[] = [Directory.of("world", 1)];
  /** Every head that was ever signed by the directory: its parent. */
  readonly parents = new Map<string, string>();
  readonly cosigned: SignedHead[] = [];
  readonly #persistsFirst: boolean;
  conflicts = 0;
  /** What the witness has on disk, and what it has in memory. */
  disk: SignedHead | undefined;
  memory: SignedHead | undefined;

  constructor(persistsFirst: boolean) {
    this.#persistsFirst = persistsFirst;
    this.#note(this.story(0).newest);
  }

  story(number: number): Directory {
    return this.stories[number % this.stories.length] as Directory;
  }

  #note(head: SignedHead): void {
    this.parents.set(identify(head), hex(head.previous));
  }

  advance(number: number): void {
    const story = this.story(number);
    this.#note(story.advance(`story ${number % this.stories.length}`, story.newest.time + 1_000));
  }

  /** Another story, which differs from the next epoch on. */
  fork(number: number): void {
    this.stories.push(this.story(number).fork());
  }

  /** Whether one of the two is the other or comes before it in its story. */
  related(a: SignedHead, b: SignedHead): boolean {
    const [early, late] = a.epoch <= b.epoch ? [a, b] : [b, a];
    const wanted = identify(early);
    let at: string | undefined = identify(late);
    while (at !== undefined && at !== wanted) at = this.parents.get(at);
    return at === wanted;
  }

  present(story: Directory, epoch: number, succession: Succession | undefined, crash: Crash): Judgement {
    const judgement = judged(story, this.memory, story.head(epoch), succession);
    if (judgement.kind === "cosign") this.#cosign(judgement.head, crash);
    if (judgement.kind === "conflict") this.#accuse(story, judgement);
    return judgement;
  }

  #cosign(head: SignedHead, crash: Crash): void {
    const steps = [() => (this.disk = head), () => this.cosigned.push(head)];
    if (!this.#persistsFirst) steps.reverse();
    const done = crash === "before persisting" ? 0 : crash === "after persisting" ? 1 : 2;
    for (const step of steps.slice(0, done)) step();
    this.memory = head;
    if (done < 2) this.restart();
    for (const other of this.cosigned) for (const one of this.cosigned) expect(this.related(one, other)).toBe(true);
  }

  #accuse(story: Directory, { evidence }: Extract<Judgement, { kind: "conflict" }>): void {
    this.conflicts++;
    expect(verifyEquivocation(suite, story.id, story.key, evidence)).toBe(true);
    expect(this.related(evidence.a, evidence.b)).toBe(false);
  }

  restart(): void {
    this.memory = this.disk;
  }
}

/** The model is whether the directory has told one story only. */
interface Model {
  honest: boolean;
}
type Command = fc.Command<Model, World>;

const crashes = fc.constantFrom<Crash>("never", "never", "before persisting", "after persisting");

const advance = fc.nat(9).map((number): Command => ({
  check: () => true,
  run: (_, world) => world.advance(number),
  toString: () => `advance ${number}`,
}));

const fork = fc.nat(9).map((number): Command => ({
  check: () => true,
  run(model, world) {
    world.fork(number);
    // From here on both stories go on, each with a leaf of its own.
    world.advance(number);
    world.advance(world.stories.length - 1);
    model.honest = false;
  },
  toString: () => `fork ${number}`,
}));

/** The newest head of a story, with that story's own proof: what an honest directory does. */
const offer = fc.tuple(fc.nat(9), crashes).map(([number, crash]): Command => ({
  check: () => true,
  run(model, world) {
    const story = world.story(number);
    const known = world.memory?.epoch ?? 0;
    const to = story.heads.length;
    const succession = known >= 1 && known < to ? prove(story, known, to) : undefined;
    const judgement = world.present(story, to, succession, crash);
    if (model.honest) expect(judgement).toEqual({ kind: "cosign", head: story.newest });
  },
  toString: () => `offer newest of ${number}, crash ${crash}`,
}));

/** A head of about the witness's epoch, with a proof of any story from about there: what an attacker does. */
const attack = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(4), fc.nat(2), crashes).map(([a, b, i, j, crash]): Command => ({
  check: () => true,
  run(model, world) {
    const [story, prover] = [world.story(a), world.story(b)];
    const known = world.memory?.epoch ?? 1;
    const epoch = Math.min(story.heads.length, Math.max(1, known + i - 1));
    const [from, to] = [Math.max(1, known + j - 1), Math.min(epoch, prover.heads.length)];
    const judgement = world.present(story, epoch, from < to ? prove(prover, from, to) : undefined, crash);
    if (model.honest) expect(judgement.kind).not.toBe("conflict");
  },
  toString: () => `story ${a} at +${i - 1}, by proof of ${b} from +${j - 1}, crash ${crash}`,
}));

const restart = fc.constant<Command>({
  check: () => true,
  run: (_, world) => world.restart(),
  toString: () => "restart",
});

function property(commands: fc.Arbitrary<Command>[], persistsFirst: boolean, seen?: (world: World) => void) {
  return fc.property(fc.commands(commands, { maxCommands: 30, size: "max" }), (list) => {
    const real = new World(persistsFirst);
    fc.modelRun(() => ({ model: { honest: true }, real }), list);
    seen?.(real);
  });
}

describe("a witness that may lose power at any moment", () => {
  test("never cosigns two heads of which neither descends from the other", () => {
    const seen = { conflicts: 0, cosigned: 0 };
    const run = property([advance, advance, fork, offer, attack, restart], true, (world) => {
      seen.conflicts += world.conflicts;
      seen.cosigned += world.cosigned.length;
    });
    fc.assert(run, { seed: SEED, numRuns: 100 });
    expect(seen.conflicts).toBeGreaterThan(20);
    expect(seen.cosigned).toBeGreaterThan(100);
  });

  test("always cosigns the newest head of an honest directory, and never accuses it", () => {
    fc.assert(property([advance, offer, attack, restart], true), { seed: SEED, numRuns: 40 });
  });

  test("would cosign two, did it not persist first", () => {
    const found = fc.check(property([fork, offer], false), { seed: SEED, numRuns: 200 });
    expect(found.failed).toBe(true);
  });
});
