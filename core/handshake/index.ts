export type { HandshakeCode } from "./code.ts";
export { COOKIE_BYTES, CookieJar, LOAD_WINDOW_MS } from "./cookie.ts";
export { finish, initiate, type Initiation, retryWithCookie } from "./initiator.ts";
export {
  answerTags,
  COOKIE_RETRIES_MAX,
  initiatorCodec,
  type InitiatorState,
  wipeInitiator,
} from "./initiator-state.ts";
export type { SessionSeed } from "./keys.ts";
export { HEADS_BYTES_MAX, type M1, m1Capacity, m1Id, readM1, sealM1 } from "./m1.ts";
export { m2Capacity } from "./m2.ts";
export { isSolved, PUZZLE_DIFFICULTY_MAX, solvePuzzle } from "./puzzle.ts";
export {
  acceptM1,
  type AcceptedM1,
  MAIL_AGE_MS_MAX,
  openM1,
  type OpenedM1,
  type PendingM1,
  wipePending,
} from "./responder.ts";
export { sealRetry } from "./retry.ts";
