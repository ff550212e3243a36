import type { Alteration, Answerer, Packet, RecordFilter, Redirection, Rule } from "./packet.ts";

/** What faults and adversaries do to packets and records, until everything heals. */
export class Interference {
  readonly rules: Map<string, Rule> = new Map();
  readonly alterations: Set<Alteration> = new Set();
  readonly answerers: Map<string, Answerer> = new Map();
  readonly redirections: Map<string, Redirection> = new Map();
  readonly recordFilters: Set<RecordFilter> = new Set();

  /** How much later a packet goes on, in milliseconds; undefined when it does not. */
  delayOf(packet: Packet): number | undefined {
    for (const rule of this.rules.values()) {
      const verdict = rule(packet);
      if (verdict !== "pass") return verdict === "drop" ? undefined : verdict.delayMs;
    }
    return 0;
  }

  /** What takes the place of a packet's bytes; undefined when it is swallowed. */
  altered(packet: Packet): Uint8Array | undefined {
    let bytes: Uint8Array | undefined = packet.bytes;
    for (const alteration of this.alterations) {
      if (bytes === undefined) return undefined;
      bytes = alteration({ ...packet, bytes });
    }
    return bytes;
  }

  /** What `reader` gets of a record. */
  filtered(value: Uint8Array | undefined, address: Uint8Array, reader: string): Uint8Array | undefined {
    let given = value;
    for (const filter of this.recordFilters) {
      if (given === undefined) return undefined;
      given = filter(given, address, reader);
    }
    return given;
  }

  /** All of it ends but the rules, whose ends are told one by one. */
  clear(): void {
    this.alterations.clear();
    this.answerers.clear();
    this.redirections.clear();
    this.recordFilters.clear();
  }
}
