import { hexToBytes } from "@noble/hashes/utils.js";
import { cardFromBytes, cardToBytes } from "../../core/identity/index.ts";
import type { EngineEvent } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import type { Stream } from "../kernel/index.ts";
import type { Party } from "./institution.ts";
import { BODY_BYTES_MIN, type Said } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** Somebody with a device: says things, reads what arrives, and keeps a diary of it. */
export class Person implements Party {
  readonly name: string;
  readonly world: World;
  readonly machine: Machine;
  readonly #stream: Stream;
  /** Message ids that were read and confirmed. */
  readonly #diary = new Set<string>();
  /** Ids whose repetition a restart explains. */
  #repeated = new Set<string>();
  readonly #tokens = new Map<number, Said>();
  #nextToken = 0;
  #moves = 0;
  /** To whom labels are being handed over. */
  readonly #heirs = new Map<string, Person>();
  #account = "";
  #card: Uint8Array = new Uint8Array(0);

  constructor(world: World, name: string, stream: Stream, makeMachine: (person: Person) => Machine) {
    this.world = world;
    this.name = name;
    this.#stream = stream;
    this.machine = makeMachine(this);
    this.machine.boot();
    this.#account = this.machine.engine.account;
    this.#card = this.machine.engine.cardBytes();
  }

  /** The account key, 64 hexadecimal characters. */
  get account(): string {
    return this.#account;
  }

  get card(): Uint8Array {
    return this.#card;
  }

  /** Both take each other's card, as if in person. */
  meets(other: Person, cards?: "without addresses"): void {
    this.accepts(other, cards);
    other.accepts(this, cards);
  }

  /** Takes the other's card, one way only. */
  accepts(other: Person, cards?: "without addresses"): void {
    const card = cards === undefined ? other.card : unaddressed(other.card);
    this.machine.command({ kind: "add-contact", name: other.name, card });
  }

  /** Says something new of `length` bytes (at least 16); nothing while the machine is down. */
  says(to: Person, length: number = BODY_BYTES_MIN): Said | undefined {
    // Drawn up or down: whether a machine is up at a moment must not decide what is said after it.
    const body = this.#stream.bytes(Math.max(length, BODY_BYTES_MIN));
    if (!this.machine.up) return undefined;
    const said = this.world.say(this, to, body);
    const token = this.#nextToken++;
    this.#tokens.set(token, said);
    this.machine.command({ kind: "send", contact: to.account, body, token });
    return said;
  }

  /** Takes a label that is free, and registers it in every directory that it follows. */
  claims(label: string): void {
    if (this.world.titles.of(label) === undefined) this.#holds(label);
    this.registers(label);
  }

  /** Registers a label again, with the card of today; or without any right to it. */
  registers(label: string): void {
    this.machine.command({ kind: "register-label", label });
  }

  /** Hands a label over; the other claims it at once. */
  hands(label: string, to: Person): void {
    this.#heirs.set(label, to);
    this.machine.command({ kind: "release-label", label, to: hexToBytes(to.account) });
  }

  /** Makes whoever directories prove to hold the label a contact of that name. */
  adds(label: string): void {
    this.machine.command({ kind: "add-labelled", name: label, label, token: this.#asks(label) });
  }

  /** Asks the directories who holds the label. */
  looksUp(label: string): void {
    this.machine.command({ kind: "look-up", label, token: this.#asks(label) });
  }

  #asks(label: string): number {
    const token = this.#nextToken++;
    if (this.machine.up) this.world.asks(this, label, token);
    return token;
  }

  #holds(label: string): void {
    const sinceMs = this.world.kernel.elapsed;
    this.world.titles.give({ label, account: this.account, holder: this.name, sinceMs });
  }

  /** Is reached elsewhere from now on, up or down: where nobody was before. */
  moves(): void {
    this.movesTo(`${this.name}#${++this.#moves}`);
  }

  /** Is reached at these addresses, and no longer where it was. */
  movesTo(...addresses: readonly string[]): void {
    this.world.network.relocate(this.name, addresses);
  }

  crash(): void {
    this.machine.crash();
  }

  restart(): void {
    if (!this.machine.up) this.machine.boot();
  }

  /** Called by the machine for every event of its node. */
  hears(event: EngineEvent): void {
    switch (event.kind) {
      case "message": {
        const repeated = this.#repeated.delete(event.id) && this.#diary.has(event.id);
        this.#diary.add(event.id);
        if (!repeated) this.world.read(this, event);
        this.machine.command({ kind: "confirm", id: event.id });
        return;
      }
      case "queued": {
        const said = this.#tokens.get(event.token);
        if (said !== undefined) said.queued = true;
        return;
      }
      case "undelivered": {
        const said = this.#tokens.get(event.token);
        if (said !== undefined) said.undelivered = true;
        return;
      }
      case "delivered":
        this.#tokens.delete(event.token);
        return;
      case "label.released": {
        const heir = this.#heirs.get(event.label);
        heir?.inherits(event.label, event.transfer);
        return;
      }
    }
  }

  /** Claims a label that its holder handed over, in one of the directories. */
  inherits(label: string, transfer: Uint8Array): void {
    if (this.world.titles.of(label)?.account !== this.account) this.#holds(label);
    this.machine.command({ kind: "claim-label", label, transfer });
  }

  restarted(events: readonly EngineEvent[]): void {
    this.#repeated = new Set(events.flatMap((event) => (event.kind === "message" ? [event.id] : [])));
  }
}

/** The same card, which does not say where its owner is reached. */
function unaddressed(card: Uint8Array): Uint8Array {
  const read = cardFromBytes(card);
  assert(read.ok, "a person's own card must decode");
  return cardToBytes({ ...read.value, addresses: [] });
}
