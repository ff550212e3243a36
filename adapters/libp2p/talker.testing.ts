// A program of its own: starts a node by the wire that its arguments name, says where it is, calls the peer that they
// name and waits for its answer and for somebody else's call, and stops. It never calls `process.exit`: whoever started
// it sees whether it ends.
import { randomBytes } from "node:crypto";
import { Secret } from "../../core/safety/index.ts";
import { systemClock } from "../clock/index.ts";
import { type Libp2pWire, loopbackOptions, startLibp2p } from "./index.ts";

const [wire, peer = ""] = process.argv.slice(2);
const seed = new Secret(new Uint8Array(randomBytes(32)));
const transport = await startLibp2p(loopbackOptions(wire as Libp2pWire, seed, systemClock));
const speakers = new Set<string>();
const heard = new Promise<void>((resolve) => {
  transport.onReceive((from) => {
    if (speakers.add(from).size === 2) resolve();
  });
});
process.stdout.write(`${transport.addresses[0]}\n`);
transport.send(peer, new Uint8Array(1_000));
await heard;
await transport.stop();
process.stdout.write("stopped\n");
