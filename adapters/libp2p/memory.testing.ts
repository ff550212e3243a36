import { randomUUID } from "node:crypto";
import { memory } from "@libp2p/memory";
import type { Clock } from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { type Libp2pTransport, loopbackOptions, type NetworkOptions, startLibp2p } from "./index.ts";

/** A node whose connections stay within the process: no sockets, but all of libp2p above them. */
export function startInMemory(
  seed: Secret,
  clock: Clock,
  options: Partial<NetworkOptions> = {},
): Promise<Libp2pTransport> {
  const listen = [`/memory/${randomUUID()}`];
  return startLibp2p({ ...loopbackOptions("tcp", seed, clock), listen, ...options }, { transports: [memory()] });
}
