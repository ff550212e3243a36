import { type Calls, type MessageItem, type NoticeItem, type SentItem, type Streams } from "../../control/index.ts";
import { type HistoryEntry, HISTORY_LIST_MAX } from "../../storage/index.ts";
import type { Fate } from "../correspondence.ts";
import type { ChhayaNode } from "../node.ts";
import { contactCalled, refusal } from "./people.ts";

/** Sends, and says when the message is durable; with `wait`, also when it has arrived or never will. */
export async function* send(
  node: ChhayaNode,
  { body, contact: word, wait }: Streams["send"]["params"],
  signal: AbortSignal,
): AsyncIterable<SentItem> {
  const { account, keyChanged } = await contactCalled(node, word);
  if (keyChanged) throw refusal("command/conversation-stopped");
  const { driver } = await node.session();
  const fates: Fate[] = [];
  const changed = node.correspondence.changed;
  const command = node.correspondence.offer(account, new Uint8Array(Buffer.from(body, "base64")));
  const { token } = command;
  const leave = node.correspondence.follow(token, (fate) => {
    fates.push(fate);
    changed.ring();
  });
  try {
    driver.command(command);
    for (let queued = false; !signal.aborted;) {
      const heard = changed.next(signal);
      const fate = fates.shift();
      if (fate === undefined) {
        // What is written down already leaves when the node runs again.
        node.demandRunning();
        await heard;
        continue;
      }
      if (fate.state === "failed" && !queued) throw refusal(fate.code ?? "command/unknown-contact");
      // A message to several devices is delivered more than once; once is enough to know.
      if (fate.state !== "queued" || !queued) yield { token, state: fate.state, online: node.isOnline };
      queued = true;
      if (!wait || fate.state !== "queued") return;
    }
  } finally {
    leave();
  }
}

/** See {@link Streams}. */
export async function* messages(
  node: ChhayaNode,
  { all, contact: word, follow, limit }: Streams["messages"]["params"],
  signal: AbortSignal,
): AsyncIterable<MessageItem | NoticeItem> {
  const contact = word === undefined ? undefined : (await contactCalled(node, word)).account;
  let notice = 0;
  function* unseen(): Generator<NoticeItem> {
    for (const { at, grave, id, text, topic } of node.attention.notices) {
      if (id <= notice) continue;
      notice = id;
      yield { kind: "notice", id, at, topic, grave, text };
    }
  }
  yield* unseen();
  let row = 0;
  if (all) {
    for (const entry of newest(node, contact, limit)) {
      row = Math.max(row, entry.row);
      yield messageItem(node, entry);
    }
  } else {
    row = newestRow(node);
    for (const entry of unread(node, contact, row, limit)) yield messageItem(node, entry);
  }
  while (follow && !signal.aborted) {
    node.demandRunning();
    const heard = node.correspondence.changed.next(signal);
    yield* unseen();
    const page = node.history.list({
      ...(contact === undefined ? {} : { contact }),
      after: row,
      limit: HISTORY_LIST_MAX,
    });
    for (const entry of page) {
      row = Math.max(row, entry.row);
      if (all || entry.direction === "in") yield messageItem(node, entry);
    }
    if (page.length === 0) await heard;
  }
}

/** How many messages were not read, counted up to `max`. */
export function unreadCount(node: ChhayaNode, max: number): number {
  let count = 0;
  for (const _ of unread(node, undefined, newestRow(node), undefined)) if (++count >= max) break;
  return count;
}

export async function seen(
  node: ChhayaNode,
  { contact: word, notice, row }: Calls["seen"]["params"],
): Promise<Calls["seen"]["result"]> {
  const contact = word === undefined ? undefined : (await contactCalled(node, word)).account;
  if (row !== undefined) node.attention.readTo(Math.min(row, newestRow(node)), contact);
  if (notice !== undefined) node.attention.seeTo(notice);
  return {};
}

function newestRow(node: ChhayaNode): number {
  return node.history.list({ newest: true, limit: 1 })[0]?.row ?? 0;
}

/** The newest rows in ascending order, page by page: the whole history need not fit into memory. */
function* newest(node: ChhayaNode, contact: string | undefined, limit: number | undefined): Generator<HistoryEntry> {
  const of = contact === undefined ? {} : { contact };
  let after = 0;
  if (limit !== undefined) {
    // Where the newest `limit` begin.
    let before: number | undefined;
    for (let left = limit; left > 0;) {
      const asked = Math.min(left, HISTORY_LIST_MAX);
      const page = node.history.list({
        ...of,
        newest: true,
        limit: asked,
        ...(before === undefined ? {} : { before }),
      });
      const [first] = page;
      if (first === undefined) break;
      before = first.row;
      left -= page.length;
      if (page.length < asked) break;
    }
    if (before === undefined) return;
    after = before - 1;
  }
  for (;;) {
    const page = node.history.list({ ...of, after, limit: HISTORY_LIST_MAX });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.row;
  }
}

/** Received and not read, up to a row, ascending; the newest `limit` of them. */
function* unread(
  node: ChhayaNode,
  contact: string | undefined,
  to: number,
  limit: number | undefined,
): Generator<HistoryEntry> {
  const rows = unreadRows(node, contact, to);
  if (limit === undefined) {
    yield* rows;
    return;
  }
  const kept: HistoryEntry[] = [];
  for (const entry of rows) {
    kept.push(entry);
    if (kept.length > limit) kept.shift();
  }
  yield* kept;
}

function* unreadRows(node: ChhayaNode, contact: string | undefined, to: number): Generator<HistoryEntry> {
  const of = contact === undefined ? {} : { contact };
  for (let after = node.attention.row; after < to;) {
    const page = node.history.list({ ...of, after, limit: HISTORY_LIST_MAX });
    for (const entry of page) {
      if (entry.direction === "in" && entry.row <= to && !node.attention.isRead(entry.row, entry.contact)) yield entry;
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.row;
  }
}

function messageItem(node: ChhayaNode, entry: HistoryEntry): MessageItem {
  const { at, body, contact, direction, provisional, row, state } = entry;
  return {
    kind: "message",
    row,
    direction,
    contact: node.contactName(contact),
    account: contact,
    body: Buffer.from(body).toString("base64"),
    at,
    state,
    provisional,
  };
}
