// The program of a measured node: the composition that ships, with a user who writes as fast as it is told to.
import { flushCompileCache } from "node:module";
import { runner } from "../../child/index.ts";
import { openHome } from "../../endurance/index.ts";
import { homeAt } from "../../home/index.ts";
import { NodeService, silentLog, startNetwork } from "../../node/index.ts";
import { LATENCIES_MAX, type NodeFigures, type NodeOrder, type NodeReport } from "./orders.ts";

const OTHER = "other";

const { fail, leave, report, take } = runner<NodeOrder, NodeReport>();

const [folder = ""] = process.argv.slice(2);
const node = await openHome(homeAt(folder), startNetwork, silentLog);
void node.failed.then(fail);
flushCompileCache();
const service = new NodeService(node);
let contact = "";
let bytes = 0;
let window = 0;
let underWay = 0;
let pacing: NodeJS.Timeout | undefined;
let delivered = 0;
let receiptMs: number[] = [];
let heard = 0;
let oneWayMs: number[] = [];
let cpu = process.cpuUsage();

node.listen((event) => {
  if (event.kind !== "message") return;
  heard++;
  const stamp = new DataView(event.body.buffer, event.body.byteOffset).getFloat64(0);
  if (oneWayMs.length < LATENCIES_MAX) oneWayMs.push(now() - stamp);
  if (heard === 1) report({ kind: "heard" });
});
take(obey);
report({ kind: "ready", card: (await service.call("identity", {})).card });

async function obey(order: NodeOrder): Promise<void> {
  switch (order.kind) {
    case "meet": {
      const { contact: added } = await service.call("contact.add", { name: OTHER, card: order.card });
      contact = added.account;
      report({ kind: "met" });
      return;
    }
    case "pour":
      ({ bytes, window } = order);
      await pour();
      return;
    case "pace":
      await pace(order);
      return;
    case "still":
      window = 0;
      clearInterval(pacing);
      return;
    case "figures":
      report({ kind: "figures", figures: figures() });
      return;
    case "stop":
      await service.close();
      leave();
      return;
  }
}

/** Milliseconds; the monotonic clock is the machine's. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What `send` of the service does, without a waiter for each message. */
async function write(): Promise<void> {
  const body = new Uint8Array(bytes);
  const written = now();
  new DataView(body.buffer).setFloat64(0, written);
  underWay++;
  const { driver } = await node.session();
  const command = node.correspondence.offer(contact, body);
  const leave = node.correspondence.follow(command.token, ({ state }) => {
    if (state === "queued") return;
    leave();
    if (state === "failed") fail(new RangeError("a message failed"));
    underWay--;
    delivered++;
    if (receiptMs.length < LATENCIES_MAX) receiptMs.push(now() - written);
    if (underWay < window) setImmediate(() => pour().catch(fail));
  });
  driver.command(command);
}

async function pour(): Promise<void> {
  while (underWay < window) await write();
}

async function pace(order: NodeOrder & { readonly kind: "pace" }): Promise<void> {
  ({ bytes } = order);
  let left = order.count;
  clearInterval(pacing);
  pacing = setInterval(() => {
    if (left-- <= 0) clearInterval(pacing);
    else write().catch(fail);
  }, order.everyMs);
}

function figures(): NodeFigures {
  const { system, user } = process.cpuUsage(cpu);
  const taken = {
    at: now(),
    delivered,
    underWay,
    receiptMs,
    heard,
    oneWayMs,
    cpuMs: (user + system) / 1_000,
    rssBytes: process.memoryUsage.rss(),
  };
  cpu = process.cpuUsage();
  [delivered, receiptMs, heard, oneWayMs] = [0, [], 0, []];
  return taken;
}
