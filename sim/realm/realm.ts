import { syncBuiltinESMExports } from "node:module";
import nodeTimers from "node:timers";
import nodeTimerPromises from "node:timers/promises";
import nodeWorkers from "node:worker_threads";
import type { Chronicle, Draws } from "../divergence/index.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { virtualBroadcastChannel } from "./channel.ts";
import { Guards } from "./guards.ts";
import { replaceLocale } from "./locale.ts";
import { replaceMachine } from "./machine.ts";
import { replaceMemory } from "./memory.ts";
import { pinnedNumberSorts, pinnedSorts } from "./order.ts";
import { Patches } from "./patches.ts";
import { replaceRandomness } from "./randomness.ts";
import { guardSigning } from "./signing.ts";
import { replaceClocks } from "./time.ts";
import { virtualTimers } from "./timers.ts";

/** What modules draw while they are loaded is the same in every run. */
const LOADING = "loading";

/**
 * Everything queued by `process.nextTick` and promises happens now. Only effective outside of promises' reactions: call
 * it from an event of the real loop.
 */
const settle = (process as unknown as { readonly _tickCallback: () => void })._tickCallback;

/**
 * The deterministic world of a thread: time and randomness of the platform come from a kernel and a stream. What was
 * loaded before keeps the real ones, so install it first. Nothing native can interfere with a run: events run one after
 * another without the real event loop getting a turn in between.
 */
export class Realm {
  readonly guards: Guards = new Guards();
  readonly kernel: Kernel = new Kernel(settle);
  readonly #patches = new Patches();
  #draws: Draws = Stream.seeded(0).child(LOADING);

  private constructor() {}

  static install(): Realm {
    const realm = new Realm();
    realm.#install();
    syncBuiltinESMExports();
    return realm;
  }

  /**
   * From now on randomness comes from here, and what the world does not control is refused. A chronicle learns of every
   * event and of every draw.
   */
  begin(draws: Draws, chronicle?: Chronicle): void {
    this.#draws = chronicle?.watched(draws, "the platform") ?? draws;
    if (chronicle !== undefined) this.kernel.observe(chronicle);
    this.guards.raise();
  }

  /** Everything is as it was before. */
  remove(): void {
    this.guards.lower();
    this.#patches.undo();
    syncBuiltinESMExports();
  }

  #install(): void {
    const { guards, kernel } = this;
    const patches = this.#patches;
    const draws = (): Draws => this.#draws;
    guards.put(patches);
    replaceLocale(patches);
    replaceClocks(kernel, patches);
    replaceTimers(kernel, patches);
    replaceRandomness(draws, (run) => void kernel.after(0, run), guards, patches);
    guardSigning(guards, patches);
    replaceMachine(kernel, guards, patches);
    replaceMemory(patches);
    replaceOrder(patches);
    const channel = virtualBroadcastChannel(kernel);
    patches.put(globalThis, "BroadcastChannel", channel);
    patches.put(nodeWorkers, "BroadcastChannel", channel);
    patches.put(nodeWorkers, "threadId", 0);
  }
}

function replaceTimers(kernel: Kernel, patches: Patches): void {
  const { promises, ...timers } = virtualTimers(kernel);
  for (const [name, value] of Object.entries(timers)) {
    patches.put(globalThis, name, value);
    patches.put(nodeTimers, name, value);
  }
  const { scheduler, ...promised } = promises;
  for (const [name, value] of Object.entries(promised)) patches.put(nodeTimerPromises, name, value);
  for (const [name, value] of Object.entries(scheduler)) patches.put(nodeTimerPromises.scheduler, name, value);
}

function replaceOrder(patches: Patches): void {
  const numbers = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const sorts: readonly (readonly [object, object])[] = [
    [Array.prototype, pinnedSorts(Array.prototype)],
    [numbers, pinnedNumberSorts(numbers as never)],
  ];
  for (const [prototype, pinned] of sorts) {
    for (const [name, value] of Object.entries(pinned)) patches.put(prototype, name, value);
  }
}
