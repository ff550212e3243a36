import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ANSWER_BYTES_MAX, QUESTION_BYTES_MAX } from "../../core/node/index.ts";
import { ASK_MS_MAX, askQuestion, Questions, QUESTIONS_PER_PEER_MAX, QUESTIONS_UNDER_WAY_MAX } from "./ask-exchange.ts";
import { FakeStream } from "./fake-stream.testing.ts";
import { encodeFrames } from "./frame.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const lenient = { admit: () => true, note: () => {} };
const question = Uint8Array.of(1, 2, 3);
const answer = Uint8Array.of(4, 5);

/** A question taken from a stream of its own, and what was done about it. */
function taken(
  questions: Questions,
  peer = "a peer",
): {
  fake: FakeStream;
  asked: Uint8Array[];
  replies: ((answer: Uint8Array) => void)[];
  malformed: () => number;
} {
  const fake = new FakeStream();
  const asked: Uint8Array[] = [];
  const replies: ((answer: Uint8Array) => void)[] = [];
  let malformed = 0;
  questions.take(
    fake.stream,
    peer,
    (bytes, reply) => {
      asked.push(bytes);
      replies.push(reply);
    },
    () => malformed++,
  );
  return { fake, asked, replies, malformed: () => malformed };
}

test("a question that comes in pieces is answered once, on its stream, which ends with the answer", () => {
  const { asked, fake, replies } = taken(new Questions(lenient));
  for (const byte of encodeFrames([question])) fake.emit("message", Uint8Array.of(byte));
  expect(asked).toEqual([question]);
  replies[0]?.(answer);
  replies[0]?.(question);
  expect(fake.written).toEqual([encodeFrames([answer])]);
  expect(fake.status).toBe("closed");
});

test("what is longer than a question, or more than one, is malformed and cuts the stream off", () => {
  const longer = taken(new Questions(lenient));
  longer.fake.emit("message", encodeFrames([new Uint8Array(QUESTION_BYTES_MAX + 1)]).subarray(0, 4));
  expect([longer.asked, longer.malformed(), longer.fake.status]).toEqual([[], 1, "aborted"]);
  const twice = taken(new Questions(lenient));
  twice.fake.emit("message", encodeFrames([question, question]));
  expect([twice.asked, twice.malformed(), twice.fake.status]).toEqual([[question], 1, "aborted"]);
  twice.replies[0]?.(answer);
  expect(twice.fake.written).toEqual([]);
});

test("no question, or no answer, in time cuts the stream off; an answer cut off leaves no timer", async () => {
  const questions = new Questions(lenient);
  const [silent, forgotten, answered] = [taken(questions), taken(questions), taken(questions)];
  forgotten.fake.emit("message", encodeFrames([question]));
  answered.fake.emit("message", encodeFrames([question]));
  answered.replies[0]?.(answer);
  answered.fake.emit("close");
  await vi.advanceTimersByTimeAsync(ASK_MS_MAX - 1);
  expect([silent, forgotten].map(({ fake }) => fake.status)).toEqual(["open", "open"]);
  await vi.advanceTimersByTimeAsync(1);
  expect([silent, forgotten, answered].map(({ fake }) => fake.status)).toEqual(["aborted", "aborted", "closed"]);
  forgotten.replies[0]?.(answer);
  expect(forgotten.fake.written).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("an answer that is too long is none", () => {
  const { fake, replies } = taken(new Questions(lenient));
  fake.emit("message", encodeFrames([question]));
  replies[0]?.(new Uint8Array(ANSWER_BYTES_MAX + 1));
  expect([fake.written, fake.status]).toEqual([[], "aborted"]);
});

test("streams that only take up room are cut off, the oldest first, and those that ended take up none", () => {
  const questions = new Questions(lenient);
  taken(questions).fake.emit("close");
  const idle = Array.from({ length: QUESTIONS_UNDER_WAY_MAX }, (_, peer) => taken(questions, String(peer)));
  expect(idle.every(({ fake }) => fake.status === "open")).toBe(true);
  const last = taken(questions);
  expect(idle.map(({ fake }) => fake.status).filter((status) => status === "aborted")).toEqual(["aborted"]);
  expect(idle[0]?.fake.status).toBe("aborted");
  last.fake.emit("message", encodeFrames([question]));
  expect(last.asked).toEqual([question]);
});

test("one peer has a few questions open, and more are not even read", () => {
  const questions = new Questions(lenient);
  const own = Array.from({ length: QUESTIONS_PER_PEER_MAX }, () => taken(questions));
  const further = taken(questions);
  expect(own.every(({ fake }) => fake.status === "open")).toBe(true);
  expect(further.fake.status).toBe("aborted");
  expect(taken(questions, "another").fake.status).toBe("open");
  own[0]?.fake.emit("close");
  expect(taken(questions).fake.status).toBe("open");
});

test("what a peer does wrong is noted: too long a question, a second one, none in time; not that there is no answer", async () => {
  const offences: string[] = [];
  const questions = new Questions({
    admit: () => true,
    note: (peer, offence) => void offences.push(`${peer} ${offence}`),
  });
  taken(questions, "long").fake.emit("message", Uint8Array.of(1, 0, 0, 0));
  taken(questions, "twice").fake.emit("message", encodeFrames([question, question]));
  taken(questions, "silent");
  taken(questions, "unanswered").fake.emit("message", encodeFrames([question]));
  await vi.advanceTimersByTimeAsync(ASK_MS_MAX);
  expect(offences).toEqual(["long oversized", "twice malformed", "silent timeout"]);
});

test("what is over a peer's budget is cut off unanswered: a stream at once, a question when it is there", () => {
  const admitted: string[] = [];
  const questions = new Questions({
    admit: (_peer, activity, bytes) => {
      admitted.push(`${activity} ${bytes}`);
      return activity === "stream" && admitted.length < 3;
    },
    note: () => {},
  });
  const first = taken(questions);
  first.fake.emit("message", encodeFrames([question]));
  expect([first.asked, first.fake.status]).toEqual([[], "aborted"]);
  expect(taken(questions).fake.status).toBe("aborted");
  expect(admitted).toEqual(["stream 0", "question 3", "stream 0"]);
});

function asked(): { fake: FakeStream; late: AbortController; outcome: Promise<Uint8Array | undefined> } {
  const [fake, late] = [new FakeStream(), new AbortController()];
  return { fake, late, outcome: askQuestion(fake.stream, question, late.signal) };
}

test("whoever asks gets the first frame, however it was cut, and what comes after it changes nothing", async () => {
  const { fake, late, outcome } = asked();
  expect(fake.written).toEqual([encodeFrames([question])]);
  for (const byte of encodeFrames([answer, question])) fake.emit("message", Uint8Array.of(byte));
  fake.emit("end");
  late.abort();
  expect(await outcome).toEqual(answer);
  expect(fake.status).toBe("closed");
});

test.each([
  ["ends without an answer", ({ fake }: ReturnType<typeof asked>) => fake.emit("end")],
  ["is cut off", ({ fake }: ReturnType<typeof asked>) => fake.abort()],
  [
    "announces too long an answer",
    ({ fake }: ReturnType<typeof asked>) => fake.emit("message", Uint8Array.of(1, 0, 0, 0)),
  ],
  ["takes too long", ({ late }: ReturnType<typeof asked>) => late.abort()],
])("a stream that %s gives no answer, and is not left open", async (_how, what) => {
  const exchange = asked();
  what(exchange);
  expect(await exchange.outcome).toBeUndefined();
  expect(exchange.fake.status).toBe("aborted");
});
