import { sha256 } from "@noble/hashes/sha2.js";
import type { Packet } from "./packet.ts";

/** What is known of a packet on its way, beside the packet. */
interface Circumstances {
  /** Where it was sent, while its receiver may move away from there. */
  readonly address?: string | undefined;
  /** Who takes the answer to a question. */
  readonly answered?: ((answer: Uint8Array) => void) | undefined;
  /** Hands the bytes on, in the place of the modelled link. */
  readonly forward?: ((bytes: Uint8Array) => void) | undefined;
  /** Where it came from, as a carrier names it. */
  readonly source?: string | undefined;
  /** Takes the answer to a question that a carrier brought. */
  readonly replied?: ((answer: Uint8Array) => void) | undefined;
}

/** A packet between two nodes, and what stands for its bytes in the trace. */
export interface Flight extends Circumstances {
  readonly packet: Packet;
  readonly print: Uint8Array;
}

export function flightOf(packet: Packet, circumstances: Circumstances = {}): Flight {
  const { bytes, kind } = packet;
  // An envelope's ends tell it from any other; of other packets the digest does.
  return { ...circumstances, packet, print: kind === "datagram" ? bytes : sha256(bytes) };
}
