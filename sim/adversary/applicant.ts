import { decode, encode } from "../../core/codec/index.ts";
import { ANSWER_BYTES_MAX, type Answer, answerCodec, questionCodec } from "../../core/node/index.ts";
import type { Suite } from "../../core/suite/index.ts";
import { headHash, NO_HEAD } from "../../core/tlog/index.ts";
import { type Registration, registrationHash, Replica, work, WORK_NONCE_BYTES } from "../../core/vkd/index.ts";
import type { SimLog, World } from "../world/index.ts";

/** Brings registrations to a directory as any client does, and counts what the work costs. */
export class Applicant {
  readonly #world: World;
  readonly #log: SimLog;
  readonly #name: string;
  readonly #counted: Suite;
  /** Hashes computed for proofs of work. */
  hashes = 0;
  accepted = 0;

  constructor(world: World, log: SimLog, name: string) {
    this.#world = world;
    this.#log = log;
    this.#name = name;
    this.#counted = {
      ...world.suite,
      sha256: (...parts) => {
        this.hashes++;
        return world.suite.sha256(...parts);
      },
    };
    // Answers go to who is attached.
    world.network.attach(name, () => {});
  }

  /** First with worthless work, in case nobody looks; `done` is told whether the directory accepted. */
  apply(registration: Registration, done: (accepted: boolean) => void = () => {}): void {
    this.#ask(registration, { epoch: 0, nonce: new Uint8Array(WORK_NONCE_BYTES) }, (demand) => {
      if (demand.kind !== "work") return this.#conclude(demand, done);
      const hash = registrationHash(this.#world.suite, registration);
      const start = this.#world.stream.bytes(WORK_NONCE_BYTES);
      const nonce = work(this.#counted, this.#challenge(demand.epoch), hash, demand.difficulty, start);
      if (nonce === undefined) return done(false);
      this.#ask(registration, { epoch: demand.epoch, nonce }, (answer) => this.#conclude(answer, done));
    });
  }

  #conclude(answer: Answer, done: (accepted: boolean) => void): void {
    const accepted = answer.kind === "accepted";
    if (accepted) this.accepted++;
    done(accepted);
  }

  /** What the work of an epoch is done over; everybody who follows the log has it. */
  #challenge(epoch: number): Uint8Array {
    const { bytes, directory } = this.#log;
    const head = new Replica(this.#world.suite, bytes, directory.machine.index).head(epoch);
    return head === undefined ? NO_HEAD : headHash(this.#world.suite, head.head);
  }

  #ask(
    registration: Registration,
    paid: { readonly epoch: number; readonly nonce: Uint8Array },
    done: (answer: Answer) => void,
  ): void {
    const { network } = this.#world;
    const question = encode(questionCodec, { kind: "register", registration, work: paid });
    network.ask(this.#name, network.addressOf(this.#log.directory.name), question, (bytes) => {
      const answer = bytes === undefined ? undefined : decode(answerCodec, bytes, ANSWER_BYTES_MAX);
      done(answer?.ok === true ? answer.value : { kind: "nothing" });
    });
  }
}
