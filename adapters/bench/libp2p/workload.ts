import type { Random } from "../../../core/suite/index.ts";

/** What a mesh of plain libp2p nodes is to do. */
export interface Workload {
  readonly nodes: number;
  /** Whether kad-dht runs beside gossipsub. */
  readonly dht: boolean;
  /** From the start of the nodes to the end of the schedule. */
  readonly seconds: number;
  readonly seed: number;
}

/** Nodes that each dials when there are so many before it. */
export const DIALS = 3;
export const MESSAGES = 50;
export const MESSAGE_BYTES = 100;
/** Shares of the time: dials end, messages begin, and the last one is published. What is left is its way. */
const DIALLED = 0.3;
const BEGUN = 0.5;
const PUBLISHED = 0.9;
const SECOND_MS = 1_000;

export interface Dial {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

export interface Publication {
  readonly atMs: number;
  readonly from: number;
  /** Of which the first four name it. */
  readonly bytes: Uint8Array;
}

/** All that is done, by whom and when: the same for whatever carries it. */
export interface Schedule {
  readonly dials: readonly Dial[];
  readonly messages: readonly Publication[];
  /** The first message. */
  readonly begunMs: number;
  readonly endMs: number;
}

/** Each node dials some that came before it, so that the mesh is connected. */
export function scheduleOf({ nodes, seconds }: Workload, random: Random): Schedule {
  const draws = (): number => new DataView(random.bytes(4).buffer).getUint32(0);
  const endMs = seconds * SECOND_MS;
  const dials = Array.from({ length: nodes }, (_, from): Dial[] => {
    const chosen = new Set<number>();
    while (chosen.size < Math.min(DIALS, from)) chosen.add(draws() % from);
    return [...chosen].map((to) => ({ from, to, atMs: Math.floor((endMs * DIALLED * from) / nodes) }));
  }).flat();
  const messages = Array.from({ length: MESSAGES }, (_, index): Publication => {
    const bytes = random.bytes(MESSAGE_BYTES);
    new DataView(bytes.buffer).setUint32(0, index);
    const share = BEGUN + ((PUBLISHED - BEGUN) * index) / MESSAGES;
    return { bytes, from: draws() % nodes, atMs: Math.floor(endMs * share) };
  });
  return { dials, messages, begunMs: Math.floor(endMs * BEGUN), endMs };
}

/** Of each message, one to everybody but its sender. */
export function deliveriesWanted({ nodes }: Pick<Workload, "nodes">): number {
  return MESSAGES * (nodes - 1);
}

/** What one play of a workload came to. */
export interface Outcome {
  readonly delivered: number;
  readonly connections: number;
  /** Of the clock that the nodes see, from the first start to the last delivery or the end of the schedule. */
  readonly clockMs: number;
  readonly wallMs: number;
  /** Of the process: from the start of the nodes to the first message, and from there to the end. */
  readonly formingCpuMs: number;
  readonly messagingCpuMs: number;
  /** At most, of the process. */
  readonly rssBytes: number;
  /** SHA-256 of all that went over the wires, in hexadecimal, where these are simulated. */
  readonly digest?: string;
}
