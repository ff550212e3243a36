import { describe, expect, test } from "vitest";
import type { CodecCode } from "../codec/index.ts";
import type { Result } from "../safety/index.ts";
import type { Succession } from "../tlog/index.ts";
import {
  accountOf,
  cardOf,
  codeOf,
  digest,
  leafOf,
  must,
  NOBODY,
  Quorum,
  settled,
  STARTED_AT,
  suite,
  type TestDirectory,
} from "./directory.testing.ts";
import {
  type AbsenceCode,
  type Capsule,
  type HeldEpoch,
  type HistoryCode,
  insertPruned,
  type LogView,
  type LookupCode,
  type LookupProof,
  markerOf,
  openedLeaf,
  type Opening,
  proveAbsence,
  proveHistory,
  proveStanding,
  type Registration,
  type Standing,
  verifyAbsence,
  verifyHistory,
  verifyLookup,
  verifyWatch,
  type WatchCode,
} from "./index.ts";

type Code = Exclude<LookupCode | AbsenceCode | HistoryCode | WatchCode, CodecCode>;
type Outcome = Result<unknown, Code>;

interface Refusal {
  /** The check without which this code is never given, and the attempt accepted, or refused by luck elsewhere. */
  readonly check: string;
  readonly attempt: () => Outcome;
}

const ALICE = "alice@example";
const honest = settled("codes");
/** The honest directory three epochs into its life, and one without alice four epochs into its own. */
const young = settled("codes", 3);
const withoutAlice = settled("codes", 4, ALICE);
const LAST = 4;
const lastHonest = honest.head(LAST).head;

interface Attempt {
  readonly of?: TestDirectory;
  readonly label?: string;
  readonly asked?: string;
  readonly capsule?: Partial<Capsule>;
  readonly indices?: readonly Uint8Array[];
  readonly held?: Partial<HeldEpoch>;
  readonly succession?: Succession | undefined;
  readonly standing?: Partial<Standing>;
  readonly view?: Partial<LogView>;
}

/** A lookup as an honest directory answers it, apart from what a test says otherwise. */
function lookup(change: Attempt = {}): Outcome {
  const { of = honest, label = ALICE } = change;
  const capsule: Capsule = { ...of.capsule(label), ...change.capsule };
  const proof: LookupProof = { capsule, standing: standing(change, placesOf(of, label, capsule)) };
  return verifyLookup(suite, view(change), change.asked ?? label, proof);
}

/** Where the tree has to be shown, also for a capsule that does not verify. */
function placesOf(of: TestDirectory, label: string, { latest }: Capsule): readonly Uint8Array[] {
  return [latest.version, latest.version + 1, markerOf(latest.version), 1].map((version) => of.place(label, version));
}

function standing(change: Attempt, indices: readonly Uint8Array[]): Standing {
  const { of = honest } = change;
  const succession = "succession" in change ? change.succession : of.succession(LAST);
  const held = { ...of.held(), ...change.held };
  return { ...proveStanding(suite, held, succession, change.indices ?? indices), ...change.standing };
}

function view({ of = honest, view: change }: Attempt): LogView {
  return of.view(LAST, undefined, change);
}

/** The honest directory with an epoch in which something is registered for alice. */
function withVersion(change: (of: TestDirectory) => Opening): TestDirectory {
  const of = honest.fork();
  change(of);
  of.close();
  return of;
}

function registering(change: Partial<Registration>, signer = "alicia"): TestDirectory {
  return withVersion((of) => of.register(ALICE, accountOf(signer), change));
}

/** The honest directory with other epochs than it has from the fourth on. */
function forked(): TestDirectory {
  const of = young.fork();
  for (const epoch of [4, 5]) {
    of.plant(leafOf(`fork ${epoch}`));
    of.close();
  }
  return of;
}

const inherited = (of: TestDirectory): Registration["lineage"] =>
  of.openings.get(ALICE)?.at(-1)?.registration.lineage ?? [];

function history(of: TestDirectory, change: (proof: ReturnType<typeof honestHistory>) => object = () => ({})): Outcome {
  const proof = honestHistory(of);
  return verifyHistory(suite, view({ of }), ALICE, 1, { ...proof, ...change(proof) });
}

function honestHistory(of: TestDirectory, latest?: number): ReturnType<typeof proveHistory> {
  const contents = of.history(ALICE, 1, latest);
  return proveHistory(suite, of.anchor, of.held(), of.succession(LAST), ALICE, contents);
}

function absence(label: string, change: Attempt = {}): Outcome {
  const { of = honest } = change;
  const proof = proveAbsence(suite, of.vrf, of.held(), of.succession(LAST), label);
  return verifyAbsence(suite, view(change), change.asked ?? label, proof);
}

/** Alice watches the versions that she made, up to `latest`. */
function watch(of: TestDirectory, latest = 5, shown = 16): Outcome {
  const openings = (of.openings.get(ALICE) ?? []).slice(0, latest);
  const present = openings.map((opening) => openedLeaf(suite, of.place(ALICE, opening.version), opening));
  const absent = [6, 7, 8, 16].map((version) => of.place(ALICE, version));
  const places = [...present.map(({ index }) => index), ...absent].slice(0, shown);
  const shownTree = proveStanding(suite, of.held(), of.succession(LAST), places);
  return verifyWatch(suite, view({ of }), { present, absent }, shownTree);
}

const refusals: Readonly<Record<Code, readonly Refusal[]>> = {
  "vkd/other-log": [
    {
      check: "the comparison of the head's log with the anchor's",
      attempt: () => {
        const other = settled("codes elsewhere");
        return lookup({ standing: proveStanding(suite, other.held(), other.succession(LAST), []) });
      },
    },
  ],
  "vkd/head-older": [
    {
      check: "the comparison with the epoch of the last head",
      attempt: () => lookup({ view: { last: honest.head(5).head }, held: honest.held(4) }),
    },
  ],
  "vkd/head-signature": [
    {
      check: "the directory's signature of the head",
      attempt: () => {
        const { cosignature, head } = honest.head();
        return lookup({ standing: { head: { cosignature, head: { ...head, time: head.time + 1 } } } });
      },
    },
  ],
  "vkd/head-conflict": [
    {
      check: "that a head of the last one's epoch is the last one",
      attempt: () => {
        const of = forked();
        return lookup({ of, held: of.held(4), succession: undefined, view: { last: lastHonest } });
      },
    },
    {
      check: "that a conflict is found before the clock is asked",
      attempt: () => {
        const of = forked();
        const late = { last: lastHonest, now: STARTED_AT * 2 };
        return lookup({ of, held: of.held(4), succession: undefined, view: late });
      },
    },
  ],
  "vkd/head-from-future": [
    {
      check: "the comparison of the head's time with the clock and the skew",
      attempt: () => lookup({ view: { now: honest.head().head.time - 300_001 } }),
    },
  ],
  "vkd/head-expired": [
    {
      check: "the comparison of the head's age with its limit",
      attempt: () => lookup({ view: { now: honest.head().head.time + 5_001, headAgeMsMax: 5_000 } }),
    },
    {
      check: "that the last head itself is accepted only while it is fresh",
      attempt: () =>
        lookup({
          succession: undefined,
          view: { last: honest.head().head, now: honest.head().head.time + 5_001, headAgeMsMax: 5_000 },
        }),
    },
  ],
  "vkd/head-unlinked": [
    { check: "that a newer head brings a succession", attempt: () => lookup({ succession: undefined }) },
  ],
  "vkd/head-inconsistent": [
    {
      check: "the succession, of another beginning",
      attempt: () => lookup({ of: forked(), view: { last: lastHonest } }),
    },
    {
      check: "the succession, from another head than the last one",
      attempt: () => lookup({ succession: honest.succession(3) }),
    },
  ],
  "vkd/other-witnesses": [
    {
      check: "the comparison of the head's witness set with the one in force",
      attempt: () => {
        const of = honest.fork();
        of.close(new Quorum("colluding", 4, 3).set);
        return lookup({ of });
      },
    },
    {
      check: "that a term begins before the head's epoch",
      attempt: () => lookup({ view: { terms: [{ set: honest.anchor.witnesses, fromEpoch: 6, sequence: 1 }] } }),
    },
  ],
  "vkd/under-witnessed": [
    {
      check: "the count of the witnesses against the threshold",
      attempt: () => lookup({ standing: { head: honest.quorum.cosign(honest.head().head, 1) } }),
    },
  ],
  "vkd/cosignature": [
    {
      check: "the witnesses' signature",
      attempt: () =>
        lookup({ standing: { head: { head: honest.head().head, cosignature: honest.head(4).cosignature } } }),
    },
    {
      check: "the length of the bitmap of witnesses",
      attempt: () => {
        const { cosignature, head } = honest.head();
        return lookup({
          standing: { head: { head, cosignature: { ...cosignature, signers: Uint8Array.of(0x03, 0x00) } } },
        });
      },
    },
  ],
  "vkd/epoch": [
    {
      check: "that the leaf is the head's newest",
      attempt: () => lookup({ standing: { epoch: honest.held(4).epoch } }),
    },
    {
      check: "that the leaf is in the head's log",
      attempt: () => {
        const { epoch } = honest.held();
        const leaf = { ...epoch.leaf, root: honest.held(4).epoch.leaf.root };
        return lookup({ standing: { epoch: { ...epoch, leaf } } });
      },
    },
  ],
  "vkd/tree-root": [
    {
      check: "that the tree is the leaf's",
      attempt: () => {
        const of = honest.fork();
        const promised = of.register(ALICE, accountOf("alicia"));
        const { tree } = proveStanding(suite, of.held(), undefined, placesOf(of, ALICE, of.capsule(ALICE)));
        const leaf = openedLeaf(suite, of.place(ALICE, promised.version), promised);
        return lookup({ of, standing: { tree: must(insertPruned(tree, [leaf])) } });
      },
    },
  ],
  "vkd/label": [
    { check: "the form of the label, before a lookup", attempt: () => lookup({ asked: "Alice@example" }) },
    { check: "the form of the label, before an absence", attempt: () => absence(NOBODY, { asked: "no body" }) },
    {
      check: "the form of the label, before a history",
      attempt: () => verifyHistory(suite, view({}), "", 1, honestHistory(honest)),
    },
  ],
  "vkd/other-label": [
    { check: "the comparison of the registration's label", attempt: () => lookup({ label: "bob", asked: "carol-2" }) },
  ],
  "vkd/registration-other-log": [
    {
      check: "the comparison of the registration's log",
      attempt: () => lookup({ of: registering({ log: digest("another log") }) }),
    },
  ],
  "vkd/card": [
    { check: "that the card decodes", attempt: () => lookup({ of: registering({ card: digest("card") }) }) },
  ],
  "vkd/card-other-account": [
    {
      check: "the comparison of the card's account",
      attempt: () => lookup({ of: registering({ card: cardOf(accountOf("mallory"), "alice") }) }),
    },
  ],
  "vkd/lineage": [
    {
      check: "that the lineage ends at the account that registers",
      attempt: () => lookup({ of: registering({}, "mallory") }),
    },
    {
      check: "that versions ascend in the lineage",
      attempt: () =>
        lookup({
          of: withVersion((of) => {
            const back = of.transfer(ALICE, 4, accountOf("alicia"), accountOf("mallory"));
            return of.register(ALICE, accountOf("mallory"), { lineage: [...inherited(of), back] });
          }),
        }),
    },
    {
      check: "that no transfer is of a later version",
      attempt: () =>
        lookup({
          of: withVersion((of) => {
            const early = of.transfer(ALICE, 7, accountOf("alicia"), accountOf("mallory"));
            return of.register(ALICE, accountOf("mallory"), { lineage: [...inherited(of), early] });
          }),
        }),
    },
  ],
  "vkd/lineage-signature": [
    {
      check: "the signature of each transfer by the account before it",
      attempt: () =>
        lookup({
          of: withVersion((of) => {
            const seized = of.transfer(ALICE, 6, accountOf("mallory"), accountOf("mallory"));
            return of.register(ALICE, accountOf("mallory"), { lineage: [...inherited(of), seized] });
          }),
        }),
    },
  ],
  "vkd/registration-signature": [
    {
      check: "the account's signature of the registration",
      attempt: () => {
        const of = honest.fork();
        const forged = of.opening({ ...of.statement(ALICE, 6, accountOf("alicia")), issued: 1 });
        of.plant(openedLeaf(suite, of.place(ALICE, 6), forged));
        of.close();
        const capsule = { latest: forged, next: of.vrfProof(ALICE, 7), marker: of.vrfProof(ALICE, 4) };
        return lookup({ of, capsule });
      },
    },
  ],
  "vkd/incomplete": [
    { check: "that a capsule brings version 1", attempt: () => lookup({ capsule: { first: undefined } }) },
    { check: "that a capsule brings the marker", attempt: () => lookup({ capsule: { marker: undefined } }) },
    {
      check: "that version 1 is what a capsule brings for it",
      attempt: () => lookup({ capsule: { first: honest.openings.get(ALICE)?.[1] } }),
    },
    {
      check: "that the tree shows the place of a version",
      attempt: () => lookup({ indices: [1, 4, 6].map((version) => honest.place(ALICE, version)) }),
    },
    {
      check: "that the tree shows the place of the successor",
      attempt: () => lookup({ indices: [1, 4, 5].map((version) => honest.place(ALICE, version)) }),
    },
    {
      check: "that a history begins where it was asked to",
      attempt: () => verifyHistory(suite, view({}), ALICE, 2, honestHistory(honest)),
    },
    {
      check: "that a history has no gaps",
      attempt: () => history(honest, ({ openings }) => ({ openings: openings.filter((_, i) => i !== 2) })),
    },
    {
      check: "that a history shows every future version",
      attempt: () => history(honest, ({ absent }) => ({ absent: absent.slice(1) })),
    },
    { check: "that a watch shows every place", attempt: () => watch(honest, 5, 8) },
  ],
  "vkd/vrf": [
    {
      check: "the VRF proof of the latest version",
      attempt: () => lookup({ capsule: { latest: { ...honest.capsule(ALICE).latest, proof: new Uint8Array(80) } } }),
    },
    {
      check: "the VRF proof of the successor",
      attempt: () => lookup({ capsule: { next: honest.vrfProof(ALICE, 7) } }),
    },
    {
      check: "the VRF proof of the marker",
      attempt: () => lookup({ capsule: { marker: honest.vrfProof(ALICE, 1) } }),
    },
    {
      check: "the VRF proof of version 1",
      attempt: () => {
        const { first, latest } = honest.capsule(ALICE);
        return lookup({ capsule: { first: { ...(first as Opening), proof: latest.proof } } });
      },
    },
    {
      check: "the VRF proof of an absent label",
      attempt: () => absence(NOBODY, { asked: "nobody-else" }),
    },
    {
      check: "the VRF proofs of a history's versions",
      attempt: () =>
        history(honest, ({ openings }) => ({
          openings: openings.map((opening) => ({ ...opening, proof: honest.vrfProof(ALICE, 1) })),
        })),
    },
    {
      check: "the VRF proofs of future versions",
      attempt: () => history(honest, ({ absent }) => ({ absent: absent.toReversed() })),
    },
  ],
  "vkd/not-included": [
    {
      check: "that the latest version is in the tree",
      attempt: () => {
        const of = honest.fork();
        of.close();
        of.register(ALICE, accountOf("alicia"));
        return lookup({ of });
      },
    },
    {
      check: "that the marker is in the tree",
      attempt: () => lookup({ of: planted([1, 5]) }),
    },
    {
      check: "that version 1 is in the tree",
      attempt: () => lookup({ of: planted([4, 5]) }),
    },
    { check: "that a history's versions are in the tree", attempt: () => history(planted([1, 2, 4, 5])) },
    { check: "that a watched version is in the tree", attempt: () => watch(planted([1, 2, 3, 4])) },
  ],
  "vkd/commitment": [
    {
      check: "the commitment to the latest registration",
      attempt: () => lookup({ of: planted([1, 4, 5], 5) }),
    },
    {
      check: "the commitment to the first registration",
      attempt: () => lookup({ of: planted([1, 4, 5], 1) }),
    },
    { check: "the commitments to a history's registrations", attempt: () => history(planted([1, 2, 3, 4, 5], 2)) },
    { check: "the commitment of a watched leaf", attempt: () => watch(planted([1, 2, 3, 4, 5], 3)) },
  ],
  "vkd/not-latest": [
    {
      check: "that a lookup's successor is not in the tree",
      attempt: () => lookup({ capsule: honest.capsule(ALICE, 4) }),
    },
    {
      check: "that a history's future versions are not in the tree",
      attempt: () => {
        const of = honest.fork();
        of.plant({ index: of.place(ALICE, 16), commitment: digest("beyond") });
        of.close();
        return history(of);
      },
    },
  ],
  "vkd/not-absent": [{ check: "that version 1 is not in the tree", attempt: () => absence("bob") }],
  "vkd/transfer": [
    {
      check: "that lineages continue each other",
      attempt: () =>
        history(
          withVersion((of) => {
            // Whoever handed the label over signs it away again, to an account of its own.
            const again = of.transfer(ALICE, 4, accountOf(ALICE), accountOf("mallory"));
            return of.register(ALICE, accountOf("mallory"), { lineage: [again] });
          }),
        ),
    },
    {
      check: "that a transfer is not of a version before the one that first shows it",
      attempt: () =>
        history(
          withVersion((of) => {
            const late = of.transfer(ALICE, 5, accountOf("alicia"), accountOf("mallory"));
            return of.register(ALICE, accountOf("mallory"), { lineage: [...inherited(of), late] });
          }),
        ),
    },
    {
      check: "that no version forgets a transfer",
      attempt: () => history(withVersion((of) => of.register(ALICE, accountOf(ALICE), { lineage: [] }))),
    },
  ],
  "vkd/foreign-version": [
    {
      check: "that no version is in the tree that its owner did not make",
      attempt: () => watch(registering({}), 5),
    },
  ],
};

/** A directory that tells of all of alice's versions, but has these in its tree, one of them with another commitment. */
function planted(versions: readonly number[], altered?: number): TestDirectory {
  const of = withoutAlice.fork();
  const openings = honest.openings.get(ALICE) ?? [];
  for (const opening of openings) {
    const leaf = openedLeaf(suite, of.place(ALICE, opening.version), opening);
    const commitment = opening.version === altered ? digest("altered") : leaf.commitment;
    if (versions.includes(opening.version)) of.plant({ ...leaf, commitment });
    of.tell(opening);
  }
  of.close();
  return of;
}

describe.each(Object.entries(refusals))("%s", (code, attempts) => {
  for (const { attempt, check } of attempts) {
    test(`is what ${check} gives`, () => {
      expect(codeOf(attempt())).toBe(code);
    });
  }
});

test("without a fault, every kind of proof that the attempts change is accepted", () => {
  const of = planted([1, 2, 3, 4, 5]);
  const outcomes = [lookup(), lookup({ label: "bob" }), history(honest), absence(NOBODY), watch(honest)];
  outcomes.push(lookup({ of: registering({}) }), history(registering({})), lookup({ of }));
  expect(outcomes.map(codeOf)).toEqual(outcomes.map(() => "ok"));
});
