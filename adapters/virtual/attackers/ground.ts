import type { Attacker, AttackerAims, Kernel, Stream } from "../../../sim/index.ts";
import type { Host, HostOptions } from "../../../sim/wire/index.ts";

/** What an attacker has to do with. */
export interface Ground {
  readonly kernel: Kernel;
  /** Of this attacker alone. */
  readonly stream: Stream;
  /** Adds a host of the attacker's, named `name/number`. */
  host(number: number, options?: HostOptions): Host;
  /** The peer id in base58 that an attacker uses counts as `name/number` from now on. */
  know(number: number, peer: string): void;
  /** Where a node of the world is reached. */
  addressesOf(name: string): readonly string[];
  /** The peer id of a node of the world. */
  peerOf(name: string): string;
  /** Whatever goes wrong in an attacker's own code is a bug of the simulation, and fails the run. */
  failed(failure: unknown): void;
}

/** Does something at once, and again and again after `ms`, until it is over. */
export function repeat(
  { kernel }: Pick<Ground, "kernel">,
  ms: number,
  isOver: () => boolean,
  action: () => void,
): void {
  if (isOver()) return;
  action();
  kernel.after(ms, () => repeat({ kernel }, ms, isOver, action));
}

export type AttackerFactory = (ground: Ground, aims: AttackerAims) => Attacker;
