import type { Failed } from "../child/index.ts";
import type { EngineEvent, Inspection, Settings } from "../../core/node/index.ts";
import type { Libp2pCounters, Libp2pWire } from "../libp2p/index.ts";

/** What the runner tells a peer's process. */
export type Order =
  /** First of all: listen. */
  | { readonly kind: "listen"; readonly directory: string; readonly wire: Libp2pWire }
  /**
   * Second: join these peers, and with one of them in the DHT, if there are any, be a node. A directory that holds a
   * log continues it.
   */
  | {
      readonly kind: "join";
      readonly label: string;
      readonly settings: Partial<Settings>;
      readonly peers: readonly string[];
    }
  /** A card that came out of band. */
  | { readonly kind: "meet"; readonly name: string; readonly card: Uint8Array }
  | { readonly kind: "say"; readonly contact: string; readonly token: number; readonly body: Uint8Array }
  | { readonly kind: "confirm"; readonly id: string }
  /** Look for what the owner of this card has published, once. */
  | { readonly kind: "find"; readonly card: Uint8Array }
  | { readonly kind: "inspect" }
  | { readonly kind: "stop" };

/** What a peer's process tells the runner. */
export type Report =
  | { readonly kind: "listening"; readonly addresses: readonly string[] }
  | { readonly kind: "ready"; readonly account: string; readonly card: Uint8Array }
  | { readonly kind: "event"; readonly event: EngineEvent }
  /** The answer to each `find`. */
  | { readonly kind: "found"; readonly found: boolean }
  | { readonly kind: "inspection"; readonly inspection: Inspection; readonly counters: Libp2pCounters }
  | Failed;
