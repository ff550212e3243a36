import { Engine, type Effect, type Input, type Millis } from "../../core/node/index.ts";
import { assert, equalConstantTime } from "../../core/safety/index.ts";
import { drawsFrom } from "./draws.ts";
import type { Handling, Opening } from "./entry.ts";
import { engineEnvironment } from "./environment.ts";
import { describeOutcome, Digest, type Outcome, outcomeOfHandling, outcomeOfOpening } from "./outcome.ts";
import type { Turn } from "./reading.ts";

/** The first turn that did not end as it was recorded. */
export interface Difference {
  /** From 1; the opening of an engine is a turn. */
  readonly turn: number;
  readonly kind: "open" | Input["kind"];
  readonly at: Millis;
  readonly recorded: Uint8Array;
  readonly found: Uint8Array;
  /** What came of it now, by kind. */
  readonly effects: readonly string[];
}

export interface Replay {
  /** Turns that were performed, that of the difference too. */
  readonly turns: number;
  readonly sessions: number;
  readonly inputs: ReadonlyMap<Input["kind"], number>;
  /** When the first and the last of them were; both 0 without a turn. */
  readonly from: Millis;
  readonly to: Millis;
  /** Of all outcomes that were recorded. */
  readonly digest: Uint8Array;
  /** Whether it ends with a turn whose outcome was not recorded, as one in which the node ended. */
  readonly isUnfinished: boolean;
  /** What the engine threw in the last turn. */
  readonly failure: unknown;
  readonly difference: Difference | undefined;
}

/** Runs the core on what was recorded, until the outcome is another one. */
export function replay(recorded: Iterable<Turn>): Replay {
  const digest = new Digest();
  const inputs = new Map<Input["kind"], number>();
  const stage = new Stage();
  let [turns, sessions, from, to]: [number, number, Millis | undefined, Millis] = [0, 0, undefined, 0];
  let difference: Difference | undefined;
  let [proven, isUnfinished] = [digest.value, false];
  for (const { digest: expected, entry } of recorded) {
    const { at } = entry;
    const kind = entry.kind === "open" ? "open" : entry.input.kind;
    turns++;
    from ??= at;
    to = at;
    if (kind === "open") sessions++;
    else inputs.set(kind, (inputs.get(kind) ?? 0) + 1);
    const outcome = stage.play(entry);
    const found = digest.add(outcome);
    if (expected === undefined) isUnfinished = true;
    else if (equalConstantTime(found, expected)) proven = found;
    else {
      difference = { turn: turns, kind, at, recorded: expected, found, effects: describeOutcome(outcome) };
      break;
    }
  }
  const { failure } = stage;
  return { turns, sessions, inputs, from: from ?? 0, to, digest: proven, isUnfinished, failure, difference };
}

class Stage {
  #engine: Engine | undefined;
  failure: unknown;

  play(entry: Opening | Handling): Outcome {
    this.failure = undefined;
    try {
      return entry.kind === "open" ? this.#open(entry) : outcomeOfHandling(this.#handle(entry));
    } catch (failure) {
      this.failure = failure;
      return { kind: "threw" };
    }
  }

  #open({ at, environment, seed, stored }: Opening): Outcome {
    this.#engine = undefined;
    const opened = Engine.open(engineEnvironment(environment, drawsFrom(seed)), stored, at);
    if (opened.ok) this.#engine = opened.value.engine;
    return outcomeOfOpening(opened);
  }

  #handle({ at, input }: Handling): readonly Effect[] {
    assert(this.#engine !== undefined, "an input without an engine");
    return this.#engine.handle(input, at);
  }
}
