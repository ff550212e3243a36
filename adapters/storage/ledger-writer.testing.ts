// The program that the kill sweep kills: receives and sends without end, and says what is acknowledged.
import { writeSync } from "node:fs";
import { BURST, Ledger } from "./ledger.testing.ts";

const SNAPSHOT_FACTS = 32;
const [directory = ""] = process.argv.slice(2);
const ledger = new Ledger(directory);
const { history } = ledger;

/** At once and whole: what was said before the kill is in the pipe. */
function say(what: string, number: number): void {
  writeSync(1, `${what} ${number}\n`);
}

/** As an engine announces again whatever the application did not confirm before the crash. */
function announceAgain(): void {
  for (let number = Math.max(1, ledger.facts.received - BURST); number <= ledger.facts.received; number++)
    receive(number);
  for (const { state, token } of history.unsettled(Math.max(0, ledger.facts.queued - BURST))) {
    if (state === "offered" && token <= ledger.facts.queued) history.mark(token, "queued", token);
  }
}

function receive(number: number): boolean {
  return history.receive({
    id: `m${number}`,
    contact: `c${number % 7}`,
    body: bodyOf(number),
    at: number,
    provisional: false,
  });
}

function bodyOf(number: number): Uint8Array {
  return new Uint8Array((number * 61) % 500).fill(number & 0xff);
}

/** The next fact is durable in the log before the history says so; a token is in the history before it is a fact. */
async function next(at: number): Promise<void> {
  const snapshot = at % SNAPSHOT_FACTS === 0;
  const { queued, received } = ledger.facts;
  if (at % 3 > 0) {
    await ledger.write({ queued, received: received + 1 }, snapshot);
    if (!receive(received + 1)) throw new Error("received twice");
    say("received", received + 1);
    return;
  }
  const offered = history.unsettled(queued)[0]?.token;
  const token = offered ?? history.offer(`c${at % 7}`, bodyOf(at), at);
  if (token !== queued + 1) throw new Error("a token was left out or used twice");
  say("offered", token);
  await ledger.write({ queued: token, received }, snapshot);
  history.mark(token, "queued", token);
  say("queued", token);
}

say("open", ledger.facts.received);
announceAgain();
for (let at = 1; ; at += BURST) {
  await Promise.all(Array.from({ length: BURST }, (_, index) => next(at + index)));
}
