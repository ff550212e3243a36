import { request } from "node:http";
import { connect } from "node:net";
import { Counter } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { Metrics, MetricsServer } from "./metrics.ts";

const GAUGES = {
  contacts: 3,
  waiting: 2,
  sessions: 1,
  logBytes: 4_096,
  connections: 5,
  relayed: 4,
  dhtPeers: 20,
  gossipPeers: 8,
  refusedPeers: 0,
};

async function get(port: number, path: string, headers: Record<string, string> = {}, method = "GET") {
  return new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers, method }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode, body }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("metrics and health, for this machine only", async () => {
  const metrics = new Metrics(() => GAUGES);
  let healthy = true;
  const server = await MetricsServer.listen(0, metrics, () => healthy);
  onTestFinished(() => server.close());
  const { port } = server;
  metrics.count({ kind: "refused", code: "node/not-an-envelope" });
  metrics.count({ kind: "contact.unknown", account: "a".repeat(64) });
  for (let i = 0; i < 2; i++) {
    // As often as the network starts again.
    new Counter({ name: "libp2p_something", help: "x", registers: [metrics.forNetwork()] }).inc();
  }
  const { body, status } = await get(port, "/metrics");
  expect(status).toBe(200);
  expect(body).toContain('chhaya_events_total{event="refused"} 1');
  expect(body).toContain('chhaya_events_total{event="contact.unknown"} 1');
  expect(body).toContain("chhaya_connections_relayed 4");
  expect(body).toContain("libp2p_something 1");
  expect(body).toContain("process_resident_memory_bytes");
  expect(body).not.toContain("aaaa");

  expect(await get(port, "/health")).toEqual({ status: 200, body: '{"status":"ok"}\n' });
  healthy = false;
  expect((await get(port, "/health")).status).toBe(503);
  expect((await get(port, "/other")).status).toBe(404);
  expect((await get(port, "/metrics", {}, "POST")).status).toBe(405);
  // What a page in a browser would send that had its own name point here.
  expect((await get(port, "/metrics", { host: `evil.example:${port}` })).status).toBe(403);
  expect((await get(port, "/metrics", { host: `localhost:${port}` })).status).toBe(200);
});

test("no other machine reaches it", async () => {
  const server = await MetricsServer.listen(0, new Metrics(() => GAUGES), () => true);
  onTestFinished(() => server.close());
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect(server.port, "127.0.0.2");
    socket.once("connect", () => (socket.destroy(), resolve(false)));
    socket.once("error", () => resolve(true));
  });
  expect(refused).toBe(true);
  await expect(MetricsServer.listen(server.port, new Metrics(() => GAUGES), () => true)).rejects.toThrow("EADDRINUSE");
});
