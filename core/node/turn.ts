import type { Secret } from "../safety/index.ts";
import type { EngineEvent } from "./events.ts";
import type { Effect, Millis } from "./ports.ts";

/** What one call of `handle` collects before its changes are committed as one record. */
export class Turn {
  readonly now: Millis;
  /** Effects that may happen only once this turn's record is durable, in order. */
  readonly effects: Effect[] = [];
  /** Superseded key material: wiped once the turn is committed. */
  readonly spent: Secret[] = [];

  constructor(now: Millis) {
    this.now = now;
  }

  event(event: EngineEvent): void {
    this.effects.push({ kind: "event", event });
  }

  /** Something from outside was not believed. Nothing is answered. */
  refuse(code: string): void {
    this.event({ kind: "refused", code });
  }

  send(to: string, bytes: Uint8Array): void {
    this.effects.push({ kind: "send", to, bytes });
  }
}
