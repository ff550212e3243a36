import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { splitTag } from "../envelope/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { CookieJar } from "./cookie.ts";
import { finish, retryWithCookie } from "./initiator.ts";
import { answerTags, COOKIE_RETRIES_MAX, initiatorCodec } from "./initiator-state.ts";
import { readM1 } from "./m1.ts";
import { acceptM1 } from "./responder.ts";
import { sealRetry } from "./retry.ts";
import { firstOneTime, MADE_AT, makeParty, must, open, retryOnce, start } from "./testing.ts";

const alice = makeParty("alice", 0);
const bob = makeParty("bob", 2);
const oneTime = firstOneTime(bob);
const honest = { initiator: alice, responder: bob, random: countingRandom("r") };
const hello = Uint8Array.of(1, 2, 3);

function retry(
  state: Parameters<typeof retryWithCookie>[2],
  envelope: Uint8Array,
  jar: CookieJar,
  seed = "solve",
): ReturnType<typeof retryOnce> {
  const again = retryOnce(bob, { state, envelope }, { jar, random: countingRandom(seed), payload: hello });
  expect(again.answer).toHaveLength(512);
  expect(splitTag(again.answer)!.tag).toBe(state.retryTag);
  return again;
}

describe("retry with a cookie", () => {
  const jar = () => new CookieJar(suite, countingRandom("jar"), MADE_AT);

  test("the same e_I, ciphertext and id, other keys and tags; it finishes", () => {
    const first = start({ ...honest, oneTime, payload: hello });
    const again = retry(first.state, first.envelope, jar());
    const [a, b] = [first, again].map(({ envelope }) => must(readM1(suite, bob.introduction, envelope)));
    expect([b!.ephemeral, b!.ciphertext]).toEqual([a!.ephemeral, a!.ciphertext]);
    expect(again.state.id).toEqual(first.state.id);
    expect(again.envelope).toHaveLength(first.envelope.length);
    expect(again.state.k2.expose()).not.toEqual(first.state.k2.expose());
    expect([again.state.answerTag, again.state.retryTag]).not.toContain(first.state.answerTag);
    expect(answerTags(again.state)).toEqual([again.state.answerTag, first.state.answerTag]);
    const opened = must(open(bob, again.envelope));
    expect(opened.payload).toEqual(hello);
    const accepted = must(acceptM1(suite, countingRandom("b"), opened.pending, hello));
    expect(splitTag(accepted.envelope)!.tag).toBe(again.state.answerTag);
    const session = must(finish(suite, again.state, splitTag(accepted.envelope)!.rest)).session;
    expect(session.root.expose()).toEqual(accepted.session.root.expose());
  });

  test("an answer to the first try counts after the cookie, even when the old state's k2 and early were wiped", () => {
    const first = start({ ...honest, oneTime, payload: hello });
    const opened = must(open(bob, first.envelope));
    const accepted = must(acceptM1(suite, countingRandom("b"), opened.pending, hello));
    const again = retry(first.state, first.envelope, jar());
    first.state.k2.wipe();
    first.state.early.wipe();
    const { rest, tag } = splitTag(accepted.envelope)!;
    expect(answerTags(again.state)).toContain(tag);
    const { session } = must(finish(suite, again.state, rest));
    expect(session.root.expose()).toEqual(accepted.session.root.expose());
  });

  test("a retry for another M1, or by who does not hold the card, is refused", () => {
    const first = start(honest);
    const other = start({ ...honest, random: countingRandom("other") });
    const minted = jar().mint("a", first.state.ephemeralPublic, MADE_AT);
    for (const [introduction, envelope] of [
      [bob.introduction, other.envelope],
      [alice.introduction, first.envelope],
    ] as const) {
      const { rest } = splitTag(sealRetry(suite, countingRandom("s"), introduction, envelope, minted))!;
      const retried = retryWithCookie(suite, countingRandom("s"), first.state, rest, hello);
      expect(retried).toEqual({ ok: false, error: "handshake/cookie-invalid" });
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const retried = retryWithCookie(suite, countingRandom("s"), first.state, bytes, hello);
        expect(retried).toEqual({ ok: false, error: "handshake/cookie-invalid" });
      }),
      { seed: 0x2e72, numRuns: 50 },
    );
  });

  test("a puzzle that is too hard is refused, and so is one cookie more than COOKIE_RETRIES_MAX", () => {
    const first = start(honest);
    const minted = jar().mint("a", first.state.ephemeralPublic, MADE_AT);
    minted[minted.length - 1] = 21;
    const { rest } = splitTag(sealRetry(suite, countingRandom("s"), bob.introduction, first.envelope, minted))!;
    const tooHard = retryWithCookie(suite, countingRandom("s"), first.state, rest, hello);
    expect(tooHard).toEqual({ ok: false, error: "handshake/puzzle-too-hard" });

    let { envelope, state } = first;
    for (let i = 0; i < COOKIE_RETRIES_MAX; i++) ({ envelope, state } = retry(state, envelope, jar(), `s${i}`));
    const last = jar().mint("a", state.ephemeralPublic, MADE_AT);
    const more = splitTag(sealRetry(suite, countingRandom("s"), bob.introduction, envelope, last))!.rest;
    const refused = retryWithCookie(suite, countingRandom("s"), state, more, hello);
    expect(refused).toEqual({ ok: false, error: "handshake/retries-exhausted" });
    expect(encode(initiatorCodec, state).length).toBeLessThan(8_192);
  });
});
