import { utf8ToBytes } from "@noble/hashes/utils.js";
import { type Account, cardToBytes, generateAccount, generateIntroduction } from "../../core/identity/index.ts";
import { assert } from "../../core/safety/index.ts";
import {
  indexKey,
  register,
  type Registration,
  registrationBytes,
  Registry,
  type Transfer,
  transferTo,
} from "../../core/vkd/index.ts";
import type { SimLog, World } from "../world/index.ts";
import { Applicant } from "./applicant.ts";

const DEVICE_BYTES = 16;

/**
 * What is told of how the label came to the new account: nothing, a hand-over that its holder did not sign, or that it
 * was the new account's from the first version on.
 */
export type Pretext = "none" | "forged" | "first";
export const PRETEXTS: readonly Pretext[] = ["none", "forged", "first"];

/** A directory's operator who gives somebody's label to an account of its own, by altering rows of its database. */
export class Substitutor {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #applicant: Applicant;
  readonly #account: Account;

  constructor(world: World, log: SimLog, name: string) {
    this.#world = world;
    this.#log = log;
    this.#applicant = new Applicant(world, log, name);
    this.#account = generateAccount(world.suite, world.stream);
    world.corrupt(log.directory);
  }

  /** Publishes the next version of a label for the own account. */
  substitute(label: string, pretext: Pretext): void {
    const { suite } = this.#world;
    const { anchor, bytes, directory, keys } = this.#log;
    const registry = new Registry(suite, anchor, keys, directory.machine.index);
    const latest = registry.latest(label);
    const rightful = [...new Set([1, latest])].map((version) => registry.registration(label, version));
    this.#world.note({ kind: "fault", from: directory.name, note: "substitutes" });
    const version = latest + 1;
    const transfer = transferTo(suite, this.#account, bytes, label, version, this.#account.publicKey);
    const lineage = pretext === "forged" ? [transfer] : [];
    // The node itself would refuse it: so while it judges, its database says that the label was the own account's.
    this.#put(rightful.map((held) => this.#registration(label, held?.version ?? 1, [])));
    this.#world.kernel.after(20, () => {
      this.#applicant.apply(this.#registration(label, version, lineage), (accepted) => {
        assert(accepted, "an operator's own database accepts it");
        if (pretext !== "first") this.#put(rightful.flatMap((held) => held ?? []));
      });
    });
  }

  #put(registrations: readonly Registration[]): void {
    const { bytes, directory } = this.#log;
    const hash = (label: string): Uint8Array => this.#world.suite.sha256(utf8ToBytes(label));
    directory.machine.index.write(
      registrations.map((registration) => ({
        key: indexKey("g", bytes, hash(registration.label), registration.version),
        value: registrationBytes(registration),
      })),
      () => {},
    );
  }

  #registration(label: string, version: number, lineage: readonly Transfer[]): Registration {
    const { kernel, stream, suite } = this.#world;
    const introduction = generateIntroduction(stream);
    const device = stream.bytes(DEVICE_BYTES);
    const account = this.#account.publicKey;
    const card = cardToBytes({ account, device, introduction, label, addresses: ["nowhere"] });
    return register(suite, this.#account, { log: this.#log.bytes, label, version, card, lineage, issued: kernel.now });
  }
}
