import { DELIVERY_TAG_BYTES } from "../envelope/index.ts";
import {
  type Account,
  generateAccount,
  generateDevice,
  generatePrekeys,
  INTRODUCTION_BYTES,
  type LocalDevice,
  type LocalPrekeys,
  type OneTimePrekey,
  oneTimePublic,
  type PrekeyBundle,
  publishBundle,
} from "../identity/index.ts";
import { assert, type Result, Secret } from "../safety/index.ts";
import { portableSuite, type Random, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import type { CookieJar } from "./cookie.ts";
import { finish, initiate, retryWithCookie } from "./initiator.ts";
import type { InitiatorState } from "./initiator-state.ts";
import type { SessionSeed } from "./keys.ts";
import { readM1 } from "./m1.ts";
import { acceptM1, type AcceptedM1, openM1, type OpenedM1 } from "./responder.ts";
import { sealRetry } from "./retry.ts";

/** A device with published prekeys, for tests and fixtures. */
export interface Party {
  readonly account: Account;
  readonly device: LocalDevice;
  readonly prekeys: LocalPrekeys;
  readonly introduction: Secret;
  readonly bundle: PrekeyBundle;
}

/** When the parties of the tests were made. */
export const MADE_AT = 1_700_000_000_000;
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** A party made from its name alone, with `oneTime` one-time prekeys. */
export function makeParty(name: string, oneTime: number, now: number = MADE_AT): Party {
  const random = countingRandom(name);
  const account = generateAccount(portableSuite, random);
  const device = generateDevice(portableSuite, random, account, now);
  const prekeys = generatePrekeys(portableSuite, random, now, oneTime);
  return {
    account,
    device,
    prekeys,
    introduction: new Secret(random.bytes(INTRODUCTION_BYTES)),
    bundle: publishBundle(portableSuite, device, prekeys, { version: 1, addresses: [], now }),
  };
}

/** The public half of the party's first one-time prekey. */
export function firstOneTime(party: Party): OneTimePrekey {
  const pair = [...party.prekeys.oneTime.values()][0];
  assert(pair !== undefined, "the party has no one-time prekey");
  return oneTimePublic(portableSuite, pair);
}

/** The value of a result that a test expects to hold. */
export function must<T>(result: Result<T, string>): T {
  assert(result.ok, `unexpected refusal: ${result.ok ? "" : result.error}`);
  return result.value;
}

/** What a test may choose of a handshake; everything else is the honest way. */
export interface HandshakeOptions {
  readonly initiator: Party;
  readonly responder: Party;
  readonly random: Random;
  readonly oneTime?: OneTimePrekey | undefined;
  readonly now?: number;
  readonly payload?: Uint8Array;
  readonly heads?: Uint8Array;
  readonly suite?: Suite;
}

export function start(options: HandshakeOptions): { readonly state: InitiatorState; readonly envelope: Uint8Array } {
  const { initiator, now, oneTime, payload, heads, random, responder, suite } = options;
  return must(
    initiate(suite ?? portableSuite, random, {
      local: initiator.device,
      heads: heads ?? EMPTY_BYTES,
      introduction: responder.introduction,
      bundle: responder.bundle,
      oneTime,
      payload: payload ?? EMPTY_BYTES,
      now: now ?? MADE_AT,
    }),
  );
}

export function open(
  responder: Party,
  envelope: Uint8Array,
  now: number = MADE_AT,
  suite: Suite = portableSuite,
): Result<OpenedM1, string> {
  const m1 = readM1(suite, responder.introduction, envelope);
  return m1.ok ? openM1(suite, { device: responder.device, prekeys: responder.prekeys, now }, m1.value) : m1;
}

/** A whole handshake between honest parties. */
export function complete(options: HandshakeOptions & { readonly answer?: Uint8Array }): {
  readonly m1: Uint8Array;
  readonly state: InitiatorState;
  readonly opened: OpenedM1;
  readonly accepted: AcceptedM1;
  readonly finished: { readonly payload: Uint8Array; readonly session: SessionSeed };
} {
  const suite = options.suite ?? portableSuite;
  const { envelope, state } = start(options);
  const opened = must(open(options.responder, envelope, options.now ?? MADE_AT, suite));
  const accepted = must(acceptM1(suite, options.random, opened.pending, options.answer ?? EMPTY_BYTES));
  const finished = must(finish(suite, state, accepted.envelope.subarray(16)));
  return { m1: envelope, state, opened, accepted, finished };
}

/** What the responder demands of this M1, answered by the initiator: `answer` is the retry's envelope. */
export function retryOnce(
  responder: Party,
  first: { readonly state: InitiatorState; readonly envelope: Uint8Array },
  options: { readonly jar: CookieJar; readonly random: Random; readonly payload: Uint8Array },
): { readonly state: InitiatorState; readonly envelope: Uint8Array; readonly answer: Uint8Array } {
  const minted = options.jar.mint("a", first.state.ephemeralPublic, MADE_AT);
  const answer = sealRetry(portableSuite, options.random, responder.introduction, first.envelope, minted);
  const rest = answer.subarray(DELIVERY_TAG_BYTES);
  return { ...must(retryWithCookie(portableSuite, options.random, first.state, rest, options.payload)), answer };
}
