import type { Machine } from "./machine.ts";

/** Whoever runs a machine: a person, or an institution. */
export interface Party {
  readonly name: string;
  readonly machine: Machine;
}

/** A machine that serves and says nothing: a directory, a witness, a mirror. */
export class Institution implements Party {
  readonly name: string;
  readonly machine: Machine;

  constructor(name: string, machine: Machine) {
    this.name = name;
    this.machine = machine;
  }

  crash(): void {
    this.machine.crash();
  }

  restart(): void {
    if (!this.machine.up) this.machine.boot();
  }
}
