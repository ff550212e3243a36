// Real sockets and processes, on loopback: what keeps a process alive is on the native side.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { LIBP2P_WIRES, type Libp2pWire, loopbackOptions, startLibp2p } from "./index.ts";
import { randomSeed, stillClock, TestNode } from "./nodes.testing.ts";

/** From the node's end to the process's: libp2p's own timers take two seconds. */
const EXIT_MS_MAX = 6_000;

/** Starts a process that calls and is called over the wire, and says how it ended after its node did. */
async function endOf(wire: Libp2pWire): Promise<unknown[]> {
  const options = loopbackOptions(wire, randomSeed(), stillClock);
  const called = new TestNode(await startLibp2p(options));
  const caller = new TestNode(await startLibp2p({ ...options, seed: randomSeed(), listen: [] }));
  const program = join(import.meta.dirname, "talker.testing.ts");
  const child = spawn(process.execPath, [program, wire, called.address], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const exited = once(child, "exit");
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const { value: address = "" } = await lines.next();
    await called.received(1);
    called.transport.send(called.arrivals[0]?.from as string, new Uint8Array(1));
    caller.transport.send(address, new Uint8Array(1));
    expect((await lines.next()).value).toBe("stopped");
    const late = once(AbortSignal.timeout(EXIT_MS_MAX), "abort").then(() => ["still running"]);
    return await Promise.race([exited, late]);
  } finally {
    child.kill("SIGKILL");
  }
}

test("a process that talked ends by itself once its node has stopped, whatever the wire", async () => {
  const ends = await Promise.all(LIBP2P_WIRES.map(async (wire) => [wire, await endOf(wire)]));
  expect(ends).toEqual(LIBP2P_WIRES.map((wire) => [wire, [0, null]]));
});
