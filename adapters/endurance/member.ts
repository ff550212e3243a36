// The program of one member's process: the node that ships, commanded by the runner through the fork's channel.
import { flushCompileCache } from "node:module";
import { runner } from "../child/index.ts";
import { homeAt } from "../home/index.ts";
import { type ChhayaNode, type NodeEnvironment, NodeService, startNetwork } from "../node/index.ts";
import { HISTORY_LIST_MAX } from "../storage/index.ts";
import { digestOf } from "./drawing.ts";
import { EnvelopeNotes } from "./envelopes.ts";
import { openHome } from "./home.ts";
import type { Row } from "./judge.ts";
import type { Order, Report } from "./orders.ts";

const OTHER = "other";
const NEVER = new AbortController().signal;

const { fail, leave, report, take } = runner<Order, Report>();

const [folder = "", envelopes = ""] = process.argv.slice(2);
// The network stack is most of what there is to load.
await import("../libp2p/index.ts");
flushCompileCache();
report({ kind: "opening" });
const node = await openHome(homeAt(folder), noted(new EnvelopeNotes(envelopes)), {
  write: (_level, message, { status } = {}) => {
    if (message === "log.recovered") report({ kind: "recovered", status: status as "torn" | "damaged" });
  },
});
void node.failed.then(fail);
const service = new NodeService(node);
take(obey);
const { account, card } = await service.call("identity", {});
report({ kind: "ready", account, card });

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "meet":
      await service.call("contact.add", { name: OTHER, card: order.card });
      report({ kind: "met" });
      return;
    case "say":
      await say(order.number, order.body);
      return;
    case "list":
      report({ kind: "rows", after: order.after, rows: rowsAfter(node, order.after), waiting: waitingOf(node) });
      return;
    case "stop":
      await service.close();
      leave();
      return;
  }
}

async function say(number: number, body: Uint8Array): Promise<void> {
  const params = { contact: OTHER, body: Buffer.from(body).toString("base64"), wait: false };
  try {
    for await (const { state } of service.stream("send", params, NEVER)) {
      if (state === "queued") report({ kind: "queued", number });
    }
  } catch (failure) {
    // Too much waits already, for instance: the person knows that it was not sent.
    if (!(failure instanceof Error) || failure.name !== "ServiceError") throw failure;
    report({ kind: "refused", number });
  }
}

function rowsAfter({ history }: ChhayaNode, after: number): Row[] {
  const rows: Row[] = [];
  for (let last = after; ; last = rows.at(-1)?.row ?? last) {
    const page = history.list({ after: last, limit: HISTORY_LIST_MAX });
    for (const { body, contact, direction, provisional, row, state } of page)
      rows.push({ row, direction, contact, digest: digestOf(body), state, provisional });
    if (page.length < HISTORY_LIST_MAX) return rows;
  }
}

function waitingOf({ engine }: ChhayaNode): number {
  return engine?.outbox().length ?? 0;
}

/** The network that ships; every envelope is noted before it is sent. */
function noted(notes: EnvelopeNotes): NodeEnvironment["startNetwork"] {
  return async (request) => {
    const transport = await startNetwork(request);
    const send = transport.send.bind(transport);
    return Object.assign(transport, {
      send: (to: string, bytes: Uint8Array) => {
        notes.add(bytes);
        send(to, bytes);
      },
    });
  };
}
