import fc from "fast-check";
import { expect, test } from "vitest";
import { WINDOW_BYTES, type WireConditions, WIRE_SILENCE_MS_MAX } from "./index.ts";
import { connected, type Witness } from "./pair.testing.ts";

const PIECE_BYTES_MAX = 300_000;
const PERIOD = 251;
const PATTERN = Uint8Array.from({ length: WINDOW_BYTES + PERIOD }, (_, i) => i % PERIOD);

/** What is sent from that byte on. */
function patternAt(offset: number, bytes: number): Uint8Array {
  return PATTERN.subarray(offset % PERIOD, (offset % PERIOD) + bytes);
}

/** What one end of a wire, 0 or 1, or the network does, or how long nothing happens. */
type Step =
  | { readonly do: "send"; readonly end: 0 | 1; readonly bytes: number }
  | { readonly do: "pause" | "resume" | "close" | "abort"; readonly end: 0 | 1 }
  | { readonly do: "cut"; readonly from: 0 | 1; readonly oneWay: boolean }
  | { readonly do: "mend" }
  | { readonly do: "run"; readonly ms: number };

const end = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant<"send">("send"),
      end,
      bytes: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: PIECE_BYTES_MAX })),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ do: fc.constant<"run">("run"), ms: fc.nat(5_000) }), weight: 6 },
  { arbitrary: fc.record({ do: fc.constantFrom<"pause" | "resume">("pause", "resume"), end }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constantFrom<"close" | "abort">("close", "abort"), end }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant<"cut">("cut"), from: end, oneWay: fc.boolean() }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant<"mend">("mend") }), weight: 2 },
);

const conditions: fc.Arbitrary<WireConditions> = fc.record({
  latencyMs: fc.nat(300),
  jitterMs: fc.nat(300),
  lossRate: fc.constantFrom(0, 0, 0.05, 0.3),
  bandwidth: fc.constantFrom(0, 0, 50_000, 1_000_000),
});

interface Side {
  readonly witness: Witness;
  /** Up to which byte it had sent when. */
  readonly sent: { readonly at: number; readonly until: number }[];
  total: number;
  full: boolean;
  closed: boolean;
}

/** Plays the steps, then has everything mended and read for as long as anything waits. */
function play(under: WireConditions, steps: readonly Step[], seed: number) {
  const { far, kernel, near, run, wires } = connected(under, seed);
  const sides = [near, far].map((witness): Side => {
    const side: Side = { witness, sent: [], total: 0, full: false, closed: false };
    witness.wire.onDrain = () => void (side.full = false);
    return side;
  }) as [Side, Side];
  let held = 0;
  for (const step of steps) {
    switch (step.do) {
      case "send": {
        const [side, other] = [sides[step.end], sides[1 - step.end] as Side];
        if (side.full || side.closed || side.witness.ending !== undefined) break;
        side.full = !side.witness.wire.send(patternAt(side.total, step.bytes));
        side.total += step.bytes;
        side.sent.push({ at: kernel.elapsed, until: side.total });
        held = Math.max(held, side.total - other.witness.read);
        break;
      }
      case "cut":
        wires.cut("a cut", [step.from === 0 ? "a" : "b"], [step.from === 0 ? "b" : "a"], step.oneWay);
        break;
      case "mend":
        wires.mend("a cut");
        break;
      case "run":
        run(step.ms);
        break;
      default:
        sides[step.end].witness.wire[step.do]();
        if (step.do === "close") sides[step.end].closed = true;
    }
  }
  wires.heal();
  for (const { witness } of sides) witness.wire.resume();
  run(10 * WIRE_SILENCE_MS_MAX);
  return { sides, held };
}

test("what is sent arrives once, in order, whole and not too early, or the wire ends; memory is bounded", () => {
  fc.assert(
    fc.property(conditions, fc.array(step, { maxLength: 40 }), fc.nat(1_000), (under, steps, seed) => {
      const { held, sides } = play(under, steps, seed);
      expect(held).toBeLessThanOrEqual(WINDOW_BYTES + PIECE_BYTES_MAX);
      for (const [sender, receiver] of [sides, sides.toReversed()] as [Side, Side][]) {
        let read = 0;
        for (const { at, bytes } of receiver.witness.pieces) {
          expect(Buffer.compare(bytes, patternAt(read, bytes.length))).toBe(0);
          read += bytes.length;
          const sent = sender.sent.find(({ until }) => until >= read);
          expect(at).toBeGreaterThanOrEqual((sent?.at ?? Infinity) + under.latencyMs);
        }
        const whole = sides.every(({ witness: { ending } }) => ending === undefined || ending === "closed");
        if (whole) expect(read).toBe(sender.total);
        else expect(read).toBeLessThanOrEqual(sender.total);
      }
    }),
    { seed: 1, numRuns: 150 },
  );
});

test("the same seed gives the same arrivals and endings, another seed others", () => {
  const story = (under: WireConditions, steps: readonly Step[], seed: number): unknown =>
    play(under, steps, seed).sides.map(({ witness }) => [witness.times, witness.ending, witness.closedAt]);
  fc.assert(
    fc.property(conditions, fc.array(step, { maxLength: 30 }), fc.nat(1_000), (under, steps, seed) => {
      expect(story(under, steps, seed)).toEqual(story(under, steps, seed));
    }),
    { seed: 1, numRuns: 30 },
  );
  const steps = Array.from({ length: 20 }, (): Step[] => [
    { do: "send", end: 0, bytes: 100 },
    { do: "run", ms: 500 },
  ]).flat();
  const jittery = { latencyMs: 10, jitterMs: 300, lossRate: 0, bandwidth: 0 };
  expect(story(jittery, steps, 1)).not.toEqual(story(jittery, steps, 2));
});
