import { cardFromBytes } from "../../core/identity/index.ts";
import { assert } from "../../core/safety/index.ts";
import { ascii } from "../../core/suite/index.ts";
import { placeVersion } from "../../core/vkd/index.ts";
import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** What somebody who crawls and guesses has in the end. */
export interface DeclaredCrawl {
  readonly haul: () => Iterable<Uint8Array>;
  readonly guessed: ReadonlySet<string>;
  readonly found: () => ReadonlySet<string>;
  /** Calls of Argon2id that the guesses cost. */
  readonly stretchings: () => number;
}

const declared = new WeakMap<World, DeclaredCrawl>();

/** Announces a crawler to the {@link labelPrivacy} oracle of this world. */
export function declareCrawl(world: World, crawl: DeclaredCrawl): void {
  declared.set(world, crawl);
}

/** Versions of a label whose proofs must not be found. */
const VERSIONS = 2;
/** As many characters at once as a call can take. */
const PIECE_BYTES = 8_192;

/** Who does not know a label learns nothing of it, and who guesses pays for every guess. */
export const labelPrivacy: Oracle = {
  name: "label-privacy",
  demand:
    "records and mirrors hold nothing that names a label or its holder; a dictionary finds only what it guesses, at a stretching each",
  watch(world, judge) {
    return {
      ended() {
        const crawl = declared.get(world);
        if (crawl === undefined) return;
        const secrets = [...secretsOf(world)];
        for (const bytes of crawl.haul()) {
          const text = textOf(bytes);
          for (const [what, secret] of secrets) judge.check(!text.includes(secret), () => `a crawler can read ${what}`);
        }
        const { guessed } = crawl;
        const expected = world.titles.labels.filter((label) => guessed.has(label));
        const found = [...crawl.found()];
        const all = expected.every((label) => found.includes(label));
        judge.check(expected.length > 0 && all, () => "a dictionary attack missed what it guessed");
        judge.check(found.length === expected.length, () => "a dictionary attack found what it did not guess");
        const calls = crawl.stretchings();
        world.counts.set("labels guessed", guessed.size);
        world.counts.set("labels found by guessing", found.length);
        world.counts.set("stretchings for guesses", calls);
        judge.check(calls === guessed.size, () => `${guessed.size} guesses cost ${calls} stretchings`);
      },
    };
  },
};

/** What must not lie about: labels and their hashes, accounts, cards and the secret in them, proofs of places in trees. */
function* secretsOf(world: World): Generator<readonly [string, string], void, undefined> {
  const { suite } = world;
  const people = new Map(world.people.map((person) => [person.name, person]));
  for (const label of world.titles.labels) {
    const holder = people.get(world.titles.of(label)?.holder ?? "");
    yield ["a label", label];
    yield ["the hash of a label", textOf(suite.sha256(ascii(label)))];
    for (const { keys } of world.logs) {
      for (let version = 1; version <= VERSIONS; version++) {
        yield ["a proof of a label's place", textOf(placeVersion(suite, keys.vrf, label, version).proof)];
      }
    }
    if (holder === undefined) continue;
    const card = cardFromBytes(holder.card);
    assert(card.ok, "a person's own card must decode");
    yield ["an account", textOf(card.value.account)];
    yield ["a card", textOf(holder.card)];
    yield ["an introduction", textOf(card.value.introduction.expose())];
  }
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    text += String.fromCharCode.apply(undefined, bytes.subarray(at, at + PIECE_BYTES) as unknown as number[]);
  }
  return text;
}
