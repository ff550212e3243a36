import type { EngineEvent, Inspection } from "../../core/node/index.ts";
import type { Libp2pCounters, Wire } from "../libp2p/index.ts";

/** What the runner tells a peer's process. */
export type Order =
  /** First of all. A directory that holds a log continues it. `peers`: addresses to ask for records. */
  | {
      readonly kind: "start";
      readonly directory: string;
      readonly wire: Wire;
      readonly label: string;
      readonly peers: readonly string[];
    }
  /** A card that came out of band, and the address to ask its owner's records at. */
  | { readonly kind: "meet"; readonly name: string; readonly card: Uint8Array; readonly address: string }
  | { readonly kind: "say"; readonly contact: string; readonly token: number; readonly body: Uint8Array }
  | { readonly kind: "confirm"; readonly id: string }
  | { readonly kind: "inspect" }
  | { readonly kind: "stop" };

/** What a peer's process tells the runner. */
export type Report =
  | { readonly kind: "ready"; readonly account: string; readonly card: Uint8Array; readonly address: string }
  | { readonly kind: "event"; readonly event: EngineEvent }
  | { readonly kind: "inspection"; readonly inspection: Inspection; readonly counters: Libp2pCounters }
  /** The process ends after it. `reason` is a code or an error's name, never contents. */
  | { readonly kind: "failed"; readonly reason: string };
