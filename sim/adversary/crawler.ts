import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Suite } from "../../core/suite/index.ts";
import { openCapsule, stretchLabel } from "../../core/vkd/index.ts";
import type { Institution, SimLog, World } from "../world/index.ts";

/** Packets that it keeps: all that mirrors of an ordinary scenario hear. */
const PACKETS_MAX = 100_000;

/** Operates the mirrors, reads every record that storing peers hold, and guesses labels. */
export class Crawler {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #mirrors: readonly Institution[];
  readonly #heard: Uint8Array[] = [];
  readonly #counted: Suite;
  readonly #found = new Set<string>();
  /** Calls of Argon2id: one for every label guessed, in every log. */
  stretchings = 0;

  constructor(world: World, log: SimLog) {
    this.#world = world;
    this.#log = log;
    this.#mirrors = log.mirrors;
    const names = new Set(log.mirrors.map(({ name }) => name));
    this.#counted = {
      ...world.suite,
      argon2id: (...call) => {
        this.stretchings++;
        return world.suite.argon2id(...call);
      },
    };
    world.network.tap(
      ({ bytes, to }) => {
        if (names.has(to) && this.#heard.length < PACKETS_MAX) this.#heard.push(bytes);
      },
      ["datagram", "gossip", "question", "answer"],
      "arrives",
    );
  }

  /** Everything that it has read: records and their addresses, the mirrors' indices, and whatever was sent to them. */
  *haul(): Generator<Uint8Array, void, undefined> {
    for (const [address, { value }] of this.#world.network.records) yield* [hexToBytes(address), value];
    for (const { machine } of this.#mirrors) {
      for (const [key, value] of machine.index.entries()) yield* [hexToBytes(key), value];
    }
    yield* this.#heard;
  }

  /** Labels that were guessed and are registered. */
  get found(): ReadonlySet<string> {
    return this.#found;
  }

  /** A dictionary attack on one label. */
  guess(label: string): void {
    const stretched = stretchLabel(this.#counted, this.#log.anchor, label);
    const record = this.#world.network.records.get(bytesToHex(stretched.record.address));
    if (record === undefined) return;
    const { kernel, suite } = this.#world;
    if (openCapsule(suite, stretched, record.value, kernel.now).ok) this.#found.add(label);
  }
}
