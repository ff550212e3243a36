import fc from "fast-check";
import { expect, test } from "vitest";
import { accept, ackOf, applyAck, baseOf, classify, type Incoming, type Outgoing, raiseFloor } from "./delivery.ts";
import { SEND_WINDOW_MESSAGES } from "./settings.ts";

/** The highest sequence number that a packet can carry. */
const SEQUENCE_MAX = 2 ** 52;

function sending(count: number, sentAt: number | undefined): Outgoing {
  const waiting = new Map(Array.from({ length: count }, (_, seq) => [seq, { token: seq, bytes: 1, sentAt }]));
  return { next: count, waiting };
}

test("an acknowledgement covers exactly what arrived, and never what was not sent", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(SEND_WINDOW_MESSAGES - 1)), (arrived) => {
      const incoming: Incoming = { floor: 0, above: new Set() };
      for (const seq of arrived) accept(incoming, seq);
      const outgoing = sending(SEND_WINDOW_MESSAGES, 1);
      const done = applyAck(outgoing, ackOf(incoming)).map(({ seq }) => seq);
      expect(done).toEqual([...arrived].sort((a, b) => a - b));
      expect(applyAck(sending(SEND_WINDOW_MESSAGES, undefined), ackOf(incoming))).toEqual([]);
    }),
    { seed: 1 },
  );
});

test("what was sent before something that arrived is due at once", () => {
  const outgoing = sending(3, 1_000);
  const later = outgoing.waiting.get(2);
  if (later !== undefined) later.sentAt = 2_000;
  applyAck(outgoing, { floor: 0, beyond: 0b100 });
  expect([...outgoing.waiting].map(([seq, { sentAt }]) => [seq, sentAt])).toEqual([
    [0, undefined],
    [1, undefined],
  ]);
});

test("whatever a peer claims, numbers stay exact and the window moves only up", () => {
  const claims = fc.array(fc.tuple(fc.boolean(), fc.nat(SEQUENCE_MAX)), { maxLength: 30 });
  fc.assert(
    fc.property(claims, (steps) => {
      const incoming: Incoming = { floor: 0, above: new Set() };
      let floor = 0;
      for (const [isBase, number] of [...steps, [true, SEQUENCE_MAX] as const, [false, SEQUENCE_MAX] as const]) {
        if (isBase) raiseFloor(incoming, number);
        else if (classify(incoming, number) === "new") accept(incoming, number);
        expect(incoming.floor).toBeGreaterThanOrEqual(floor);
        expect(Number.isSafeInteger(incoming.floor)).toBe(true);
        expect(incoming.above.size).toBeLessThanOrEqual(SEND_WINDOW_MESSAGES);
        ({ floor } = incoming);
      }
      expect(classify(incoming, SEQUENCE_MAX)).toBe("duplicate");
    }),
    { seed: 1 },
  );
});

test("the base is the lowest that waits, or what comes next", () => {
  expect(baseOf(sending(3, 1))).toBe(0);
  expect(baseOf({ next: 7, waiting: new Map() })).toBe(7);
});
