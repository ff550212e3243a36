import { expect, test } from "vitest";
import { type Heard, Ledger, type Said } from "./ledger.ts";

const said: Said[] = [0, 1, 2].map((number) => ({ from: "a", to: "b", number, digest: `d${number}` }));
const heard: Heard[] = said.map(({ number, ...rest }) => ({ ...rest, id: `m${number}`, seq: number + 7 }));

function ledgerOf(entries: readonly Heard[]): Ledger {
  const ledger = new Ledger();
  for (const entry of said) ledger.say(entry);
  for (const entry of entries) ledger.hear(entry);
  return ledger;
}

function change(index: number, to: Partial<Heard>): Heard[] {
  return heard.map((entry, at) => (at === index ? { ...entry, ...to } : entry));
}

test("everything heard once and in order is held, whatever the order and repetition of the announcements", () => {
  const ledger = ledgerOf([...heard].reverse());
  expect(ledger.hear(heard[0] as Heard)).toBe(false);
  expect(ledger.complete).toBe(true);
  expect(ledger.delivery()).toEqual({ name: "delivery", verdict: "held", checks: 3 });
  expect(ledger.attribution()).toEqual({ name: "attribution", verdict: "held", checks: 3 });
  expect(ledger.traceHash()).toBe(ledgerOf(heard).traceHash());
});

test.each([
  ["lost", "1 lost", heard.slice(1)],
  ["heard under two ids", "1 duplicated", [...heard, { ...(heard[0] as Heard), id: "m9", seq: 99 }]],
  ["numbered out of order", "1 disordered", change(0, { seq: 99 })],
  ["changed", "1 lost", change(0, { digest: "other" })],
])("delivery fails for a message that was %s", (_what, message, entries) => {
  const { verdict, message: found } = ledgerOf(entries).delivery();
  expect(verdict).toBe("failed");
  expect(found).toContain(message);
});

test.each([
  ["to another author", change(0, { from: "c" })],
  ["what nobody said", change(0, { digest: "other" })],
  ["to another listener", change(0, { to: "c" })],
])("attribution fails for a message attributed %s", (_what, entries) => {
  expect(ledgerOf(entries).attribution()).toMatchObject({ verdict: "failed", message: "1 forged" });
});

test("an oracle that checked nothing has failed", () => {
  expect(new Ledger().delivery().verdict).toBe("failed");
  expect(new Ledger().attribution().verdict).toBe("failed");
});

test("the trace hash depends on every delivery and on their order, not on where the numbers begin", () => {
  const hashOf = (entries: readonly Heard[]): string => ledgerOf(entries).traceHash();
  const reversed = heard.map((entry) => ({ ...entry, seq: 1_000 - entry.seq }));
  const hashes = [heard, heard.slice(1), reversed, change(0, { digest: "x" }), change(0, { from: "c" })].map(hashOf);
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashOf(heard.map((entry) => ({ ...entry, seq: entry.seq + 1_000 })))).toBe(hashes[0]);
});
