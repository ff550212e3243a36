import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { portableSuite as suite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import {
  COOKIE_ADDRESSES_MAX,
  COOKIE_BYTES,
  COOKIE_KEY_LIFE_MS,
  COOKIE_LIFE_MS,
  CookieJar,
  difficultyOf,
  LOAD_WINDOW_MS,
  MINTED_BYTES,
  PUZZLE_DIFFICULTY_MINTED_MAX,
  PUZZLE_DIFFICULTY_MINTED_MIN,
  solveCookie,
} from "./cookie.ts";

const SEED = 0xc00c1e;
const NOW = 1_700_000_000_000;
const EPHEMERAL = new Uint8Array(32).fill(7);
const START = new Uint8Array(8);

function jarAt(now: number): CookieJar {
  return new CookieJar(suite, countingRandom("jar"), now);
}

function solved(jar: CookieJar, from: string, now: number, ephemeral = EPHEMERAL): Uint8Array {
  return solveCookie(suite, jar.mint(from, ephemeral, now), ephemeral, START)!;
}

describe("what a cookie admits", () => {
  test("the layout is MAC 32, time 8, challenge 16, difficulty 1, nonce 8", () => {
    const cookie = solved(jarAt(NOW), "a", NOW);
    expect([MINTED_BYTES, COOKIE_BYTES, cookie.length]).toEqual([57, 65, 65]);
    expect(new DataView(cookie.buffer, cookie.byteOffset).getBigUint64(32)).toBe(BigInt(NOW));
  });

  test("a solved cookie is taken once: the memory of spent cookies", () => {
    const jar = jarAt(NOW);
    const cookie = solved(jar, "a", NOW);
    expect(jar.check("a", EPHEMERAL, cookie, NOW)).toBe(true);
    expect(jar.check("a", EPHEMERAL, cookie, NOW)).toBe(false);
  });

  test("a refused cookie is not spent", () => {
    const jar = jarAt(NOW);
    const cookie = solved(jar, "a", NOW);
    expect(jar.check("b", EPHEMERAL, cookie, NOW)).toBe(false);
    expect(jar.check("a", EPHEMERAL, cookie, NOW)).toBe(true);
  });

  test("the MAC binds address, e_I, time, challenge and difficulty: any flipped bit before the nonce is refused", () => {
    const jar = jarAt(NOW);
    const cookie = solved(jar, "a", NOW);
    fc.assert(
      fc.property(fc.nat(MINTED_BYTES * 8 - 1), (bit) => {
        const changed = cookie.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(jar.check("a", EPHEMERAL, changed, NOW)).toBe(false);
      }),
      { seed: SEED, numRuns: 200 },
    );
    const other = EPHEMERAL.slice();
    other[31]! ^= 1;
    expect(jar.check("a", other, cookie, NOW)).toBe(false);
    expect(jar.check("a ", EPHEMERAL, cookie, NOW)).toBe(false);
    expect(jar.check("a", EPHEMERAL, cookie, NOW)).toBe(true);
  });

  test("the MAC binds e_I, where the puzzle alone would let one key in sixteen through", () => {
    const jar = jarAt(NOW);
    const cookie = solved(jar, "a", NOW);
    for (let i = 0; i < 200; i++) expect(jar.check("a", new Uint8Array(32).fill(8 + i), cookie, NOW)).toBe(false);
  });

  test("the puzzle must be solved: about one guess in sixteen passes at the least difficulty", () => {
    const jar = jarAt(NOW);
    let taken = 0;
    for (let i = 0; i < 128; i++) {
      const guess = new Uint8Array(COOKIE_BYTES);
      guess.set(jar.mint("a", EPHEMERAL, NOW));
      if (jar.check("a", EPHEMERAL, guess, NOW)) taken++;
    }
    expect(taken).toBeLessThan(24);
  });

  test("any bytes as cookie or address are refused without an exception", () => {
    const jar = jarAt(NOW);
    const anyCookie = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ minLength: COOKIE_BYTES, maxLength: COOKIE_BYTES }),
    );
    fc.assert(
      fc.property(anyCookie, fc.string({ maxLength: 12 }), (bytes, from) => {
        expect(jar.check(from, EPHEMERAL, bytes, NOW)).toBe(false);
      }),
      { seed: SEED, numRuns: 60 },
    );
    for (const from of ["\ud800", "", "x".repeat(5_000)]) {
      expect(jar.check(from, EPHEMERAL, solved(jar, from, NOW), NOW)).toBe(true);
    }
  });

  test("another node's cookies are refused", () => {
    const other = new CookieJar(suite, countingRandom("other"), NOW);
    expect(jarAt(NOW).check("a", EPHEMERAL, solved(other, "a", NOW), NOW)).toBe(false);
  });
});

describe("how long a cookie lives", () => {
  test("key rotation with overlap: at least COOKIE_KEY_LIFE_MS, never more than COOKIE_LIFE_MS, never from the future", () => {
    fc.assert(
      fc.property(
        fc.nat(4 * COOKIE_KEY_LIFE_MS),
        fc.array(fc.nat(COOKIE_KEY_LIFE_MS), { maxLength: 4 }),
        fc.nat(4 * COOKIE_KEY_LIFE_MS),
        (minted, pauses, age) => {
          const jar = jarAt(NOW);
          const cookie = solved(jar, "a", NOW + minted);
          // Uses in between rotate the keys at arbitrary moments.
          let at = minted;
          for (const pause of pauses) {
            at += pause;
            if (at < minted + age) jar.mint("b", EPHEMERAL, NOW + at);
          }
          const taken = jar.check("a", EPHEMERAL, cookie, NOW + minted + age);
          if (age <= COOKIE_KEY_LIFE_MS) expect(taken).toBe(true);
          if (age > COOKIE_LIFE_MS) expect(taken).toBe(false);
        },
      ),
      { seed: SEED, numRuns: 150 },
    );
    const jar = jarAt(NOW);
    const cookie = solved(jar, "a", NOW + 10);
    expect(jar.check("a", EPHEMERAL, cookie, NOW + 9)).toBe(false);
  });

  test("keys rotate: none mints for longer than COOKIE_KEY_LIFE_MS, and a stolen one is soon worth nothing", () => {
    const used: string[] = [];
    const watching: Suite = {
      ...suite,
      hmacSha256(key, ...parts) {
        used.push(Buffer.from(key.expose()).toString("hex"));
        return suite.hmacSha256(key, ...parts);
      },
    };
    const jar = new CookieJar(watching, countingRandom("jar"), NOW);
    for (const at of [0, COOKIE_KEY_LIFE_MS - 1, COOKIE_KEY_LIFE_MS, 2 * COOKIE_KEY_LIFE_MS]) {
      jar.mint("a", EPHEMERAL, NOW + at);
    }
    expect(used[0]).toBe(used[1]);
    expect(new Set(used).size).toBe(3);
  });

  test("the time in the cookie ends it even while its key lives: COOKIE_LIFE_MS", () => {
    // Without any use in between, the key of an idle jar is as old as the cookie.
    const jar = jarAt(NOW);
    const cookie = solved(jar, "a", NOW + COOKIE_KEY_LIFE_MS - 1);
    expect(jar.check("a", EPHEMERAL, cookie, NOW + 2 * COOKIE_KEY_LIFE_MS - 1)).toBe(true);
    const idle = jarAt(NOW);
    const old = solved(idle, "a", NOW);
    expect(idle.check("a", EPHEMERAL, old, NOW + COOKIE_LIFE_MS + 1)).toBe(false);
  });
});

describe("how load is counted", () => {
  test("counts the fuller of this window and the last, and forgets after two", () => {
    const jar = jarAt(NOW);
    for (let i = 1; i <= 5; i++) expect(jar.count("a", NOW + i)).toBe(i);
    expect(jar.count("a", NOW + LOAD_WINDOW_MS)).toBe(5);
    expect(jar.count("a", NOW + 3 * LOAD_WINDOW_MS)).toBe(1);
  });

  test("an address pays more for each doubling of its own handshakes, others do not", () => {
    const jar = jarAt(NOW);
    for (let i = 0; i < 32; i++) jar.count("flood", NOW);
    jar.count("calm", NOW);
    expect(difficultyOf(jar.mint("flood", EPHEMERAL, NOW))).toBe(PUZZLE_DIFFICULTY_MINTED_MIN + 5);
    expect(difficultyOf(jar.mint("calm", EPHEMERAL, NOW))).toBe(PUZZLE_DIFFICULTY_MINTED_MIN);
  });

  test("a flood from many addresses makes it harder for all, up to the limit", () => {
    const jar = jarAt(NOW);
    for (let i = 0; i < 4 * COOKIE_ADDRESSES_MAX; i++) jar.count(`${i}`, NOW);
    const spread = difficultyOf(jar.mint("new", EPHEMERAL, NOW));
    expect(spread).toBe(PUZZLE_DIFFICULTY_MINTED_MIN + 6);
    for (let i = 0; i < 20_000; i++) jar.count("flood", NOW);
    expect(difficultyOf(jar.mint("flood", EPHEMERAL, NOW))).toBe(PUZZLE_DIFFICULTY_MINTED_MAX);
  });
});
