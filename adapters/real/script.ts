import type { Settings } from "../../core/node/index.ts";

/** One thing that one person does, at a virtual time of the scenario. */
export type Step = { readonly atMs: number; readonly who: string } & Deed;

export type Deed =
  /** Both take each other's card, as if in person. */
  | { readonly kind: "meet"; readonly other: string }
  | { readonly kind: "say"; readonly to: string; readonly body: Uint8Array }
  /** The process is killed, as a power failure would end it. */
  | { readonly kind: "crash" }
  /** A new process continues from what the killed one had made durable. */
  | { readonly kind: "restart" };

export interface Role {
  readonly name: string;
  /** Beside the defaults of a real node. */
  readonly settings: Partial<Settings>;
}

/** Everything that people do in one run of a scenario, in order: what its seed drew, whatever plays it. */
export interface Script {
  readonly people: readonly Role[];
  readonly steps: readonly Step[];
  /** When the scenario's own faults end, in virtual milliseconds. */
  readonly healAtMs: number;
  /** How long after that everything that was said has to be read, in milliseconds. */
  readonly livenessMs: number;
}
