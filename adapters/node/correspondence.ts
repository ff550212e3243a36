import type { Command, EngineEvent } from "../../core/node/index.ts";
import { BoundedMap } from "../../core/safety/index.ts";
import type { History, Unsettled } from "../storage/index.ts";
import { Bell } from "./bell.ts";

/** What the engine holds of sent messages, and whom it knows; see `Engine`. */
export interface Outbox {
  outbox(): readonly { readonly contact: string; readonly token: number }[];
  contacts(): readonly { readonly account: string }[];
}

/** What it needs of the history. */
export type Archive = Pick<History, "receive" | "confirmProvisional" | "offer" | "mark" | "unsettled">;

/** How a sent message fared: durable with the engine, at the contact, or not to be delivered, and why. */
export type Fate =
  { readonly state: "queued" | "delivered" } | { readonly state: "failed"; readonly code: string | undefined };

/** What was found at a start of messages that a crash, or damage to the log, left open. */
export interface Settlement {
  /** To be handed to the engine again, under their old tokens: it never had them. */
  readonly again: readonly Command[];
  /** Messages that the damaged log has lost: whether they arrived is not known. */
  readonly uncertain: number;
}

/** Messages of unproven authors that the engine is made to keep; beyond it the oldest is confirmed unproven. */
export const PROVISIONAL_KEPT_MAX = 256;

/**
 * Between the engine and the history of what was said, so that a crash between any two steps loses nothing and says
 * nothing twice.
 *
 * In: the engine holds a message until the history has it durably, and announces it again at every start until then;
 * the history takes each id once. It holds one whose author is not proven yet until that is: else a crash could take the
 * one announcement of the proof along.
 *
 * Out: the history holds a message, "offered", before the engine has it; the engine's own record comes before its
 * `queued` event, and that mark in the history before anything is sent. So one that is "offered" at a start was never
 * sent: if the engine does not hold it, it is handed in again. One that is "queued" and that the engine holds no more
 * was delivered, and the crash came before the mark.
 */
export class Correspondence {
  readonly #history: Archive;
  readonly #now: () => number;
  /** Rung when the history has changed. */
  readonly changed: Bell = new Bell();
  /** Ids that were not confirmed to the engine, oldest first. */
  readonly #provisional = new BoundedMap<string, undefined>(PROVISIONAL_KEPT_MAX);
  readonly #fates = new Map<number, (fate: Fate) => void>();

  constructor(history: Archive, now: () => number) {
    this.#history = history;
    this.#now = now;
  }

  /** Settles what the last stop left open; before the engine's first effects are performed. */
  settle(engine: Outbox, damaged: boolean): Settlement {
    const held = new Set(engine.outbox().map(({ token }) => token));
    const known = new Set(engine.contacts().map(({ account }) => account));
    const again: Command[] = [];
    let uncertain = 0;
    for (const { body, contact, state, token } of unsettledOf(this.#history)) {
      if (held.has(token)) {
        if (state === "offered") this.#mark(token, "queued");
      } else if (state === "offered") {
        again.push({ kind: "send", contact, body, token });
      } else if (damaged) {
        uncertain++;
        this.#mark(token, "failed");
      } else {
        // What was for a contact that is gone was dropped with it.
        this.#mark(token, known.has(contact) ? "delivered" : "failed");
      }
    }
    return { again, uncertain };
  }

  /** Takes a message that the user wrote: durable when this returns. The engine is to be given the command. */
  offer(contact: string, body: Uint8Array): Command & { readonly kind: "send" } {
    const token = this.#history.offer(contact, body, this.#now());
    this.changed.ring();
    return { kind: "send", contact, body, token };
  }

  /** Calls back whenever more is known of a message, until the returned function is called. */
  follow(token: number, tell: (fate: Fate) => void): () => void {
    this.#fates.set(token, tell);
    return () => this.#fates.delete(token);
  }

  /** Takes an event of the engine; `command` gives it one. Throws when the history cannot be written. */
  take(event: EngineEvent, command: (command: Command) => void): void {
    switch (event.kind) {
      case "message": {
        const { assurance, body, contact, id } = event;
        const provisional = assurance === "provisional";
        const isNew = this.#history.receive({ id, contact, body, at: this.#now(), provisional });
        if (!isNew && !provisional) this.#history.confirmProvisional(id);
        this.#provisional.delete(id);
        const ready = provisional ? this.#provisional.set(id, undefined)?.[0] : id;
        if (ready !== undefined) command({ kind: "confirm", id: ready });
        this.changed.ring();
        return;
      }
      case "message.confirmed":
        this.#history.confirmProvisional(event.id);
        if (this.#provisional.delete(event.id)) command({ kind: "confirm", id: event.id });
        this.changed.ring();
        return;
      case "queued":
      case "delivered":
        this.#mark(event.token, event.kind);
        this.#fates.get(event.token)?.({ state: event.kind });
        return;
      case "undelivered":
        this.#fail(event.token, undefined);
        return;
      case "command.refused":
        if (event.command === "send" && event.token !== undefined) this.#fail(event.token, event.code);
        return;
    }
  }

  #fail(token: number, code: string | undefined): void {
    this.#mark(token, "failed");
    this.#fates.get(token)?.({ state: "failed", code });
  }

  #mark(token: number, state: "queued" | "delivered" | "failed"): void {
    this.#history.mark(token, state, this.#now());
    this.changed.ring();
  }
}

function* unsettledOf(history: Archive): Generator<Unsettled> {
  let after = 0;
  for (;;) {
    const page = history.unsettled(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.token;
  }
}
