import { assert } from "../../core/safety/index.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { type DialFailure, type Host, type Wire, type WireConditions, type WireEnding, Wires } from "./index.ts";

export const PORT = 4_001;
/** Without chance. */
export const PLAIN: WireConditions = { latencyMs: 10, jitterMs: 0, lossRate: 0, bandwidth: 0 };

/** What happened at one end of a wire, by the clock of the run. */
export class Witness {
  readonly wire: Wire;
  readonly #kernel: Kernel;
  readonly pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  endedAt: number | undefined;
  drains = 0;
  ending: WireEnding | undefined;
  closedAt: number | undefined;

  constructor(kernel: Kernel, wire: Wire) {
    this.wire = wire;
    this.#kernel = kernel;
    wire.onData = (bytes) => {
      assert(this.ending === undefined && this.endedAt === undefined, "data after the end");
      this.pieces.push({ at: kernel.elapsed, bytes: bytes.slice() });
    };
    wire.onDrain = () => void this.drains++;
    wire.onEnd = () => void (this.endedAt = kernel.elapsed);
    wire.onClose = (ending) => {
      assert(this.ending === undefined, "ended twice");
      this.ending = ending;
      this.closedAt = this.#kernel.elapsed;
    };
  }

  get bytes(): number[] {
    return this.pieces.flatMap(({ bytes }) => [...bytes]);
  }

  get read(): number {
    return this.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  get times(): number[] {
    return this.pieces.map(({ at }) => at);
  }
}

export function makeWires(conditions: WireConditions = PLAIN, seed = 1): { kernel: Kernel; wires: Wires } {
  const kernel = new Kernel();
  const wires = new Wires(kernel, Stream.seeded(seed));
  wires.conditions = conditions;
  return { kernel, wires };
}

/** What a dial came to, and when; undefined while it came to nothing. */
export function dialling(
  kernel: Kernel,
  from: Host,
  ip: string,
  { localPort, port = PORT }: { port?: number; localPort?: number } = {},
): { outcome: Witness | DialFailure | undefined; at: number; cancel: () => void } {
  const result: ReturnType<typeof dialling> = { outcome: undefined, at: 0, cancel: () => {} };
  result.cancel = from.dial(
    ip,
    port,
    (outcome) => {
      result.outcome = typeof outcome === "string" ? outcome : new Witness(kernel, outcome);
      result.at = kernel.elapsed;
    },
    localPort === undefined ? {} : { localPort },
  );
  return result;
}

interface Connected {
  readonly kernel: Kernel;
  readonly wires: Wires;
  readonly a: Host;
  readonly b: Host;
  readonly near: Witness;
  readonly far: Witness;
  /** All wires that "b" took. */
  readonly taken: readonly Witness[];
  readonly run: (ms: number) => void;
}

/** Two hosts, "a" and "b", and an open wire that "a" dialled. */
export function connected(conditions: WireConditions = PLAIN, seed = 1): Connected {
  const { kernel, wires } = makeWires(conditions, seed);
  const [a, b] = [wires.host("a"), wires.host("b")];
  const taken: Witness[] = [];
  b.listen(PORT, (wire) => taken.push(new Witness(kernel, wire)));
  const dial = dialling(kernel, a, b.ip);
  for (let i = 0; i < 1_000 && taken.length === 0; i++) kernel.runUntil(kernel.now + 100);
  const [near, far] = [dial.outcome, taken[0]];
  assert(near instanceof Witness && far !== undefined, "no wire opened");
  const run = (ms: number): void => kernel.runUntil(kernel.now + ms);
  return { kernel, wires, a, b, near, far, taken, run };
}
