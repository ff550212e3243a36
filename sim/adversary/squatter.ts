import { cardToBytes, generateAccount, generateIntroduction } from "../../core/identity/index.ts";
import { register, type Registration } from "../../core/vkd/index.ts";
import type { SimLog, World } from "../world/index.ts";
import { Applicant } from "./applicant.ts";

const DEVICE_BYTES = 16;

/** Takes every label that it can pay for, each for an account of its own. */
export class Squatter {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #applicant: Applicant;
  #labels = 0;

  constructor(world: World, log: SimLog, name: string) {
    this.#world = world;
    this.#log = log;
    this.#applicant = new Applicant(world, log, name);
  }

  /** What its labels have cost it, in hashes. */
  get hashes(): number {
    return this.#applicant.hashes;
  }

  get accepted(): number {
    return this.#applicant.accepted;
  }

  /** Asks for one more label. */
  grab(): void {
    this.#applicant.apply(this.#registration(`squatted-${this.#labels++}`));
  }

  #registration(label: string): Registration {
    const { kernel, stream, suite } = this.#world;
    const account = generateAccount(suite, stream);
    const introduction = generateIntroduction(stream);
    const device = stream.bytes(DEVICE_BYTES);
    const card = cardToBytes({ account: account.publicKey, device, introduction, label, addresses: ["nowhere"] });
    const fields = { log: this.#log.bytes, label, version: 1, card, lineage: [], issued: kernel.now };
    return register(suite, account, fields);
  }
}
