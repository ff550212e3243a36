import type { Command } from "commander";
import type { MessageItem, NoticeItem, Service } from "../../control/index.ts";
import { wholeNumber } from "../usage.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { interruption } from "./interruption.ts";
import { withService } from "./open-service.ts";
import { messageJson, messageLines, noticeLines, say, sayJson } from "./output.ts";

interface ReadFlags extends AccountFlags {
  readonly all: boolean;
  readonly contact: string | undefined;
  readonly limit: number | undefined;
  readonly follow: boolean;
  readonly keep: boolean;
}

/** What was shown is marked as read after so many messages at the latest. */
const MARK_EVERY = 100;

export function addRead(program: Command): void {
  const command = program
    .command("read")
    .description("show what came and was not read yet, and mark it as read")
    .option("--all", "everything that was said, the sent messages too", false)
    .option("--contact <NAME>", "of this contact only")
    .option("--limit <N>", "the newest N only", wholeNumber("--limit", 1))
    .option("--follow", "go on with what comes, until Ctrl-C", false)
    .option("--keep", "do not mark it as read", false);
  accountFlags(command).action((flags: ReadFlags) => withService(flags, (service) => read(service, flags)));
}

async function read(service: Service, flags: ReadFlags): Promise<void> {
  const { all, contact, follow, json, keep, limit } = flags;
  const marks = new Marks(service, contact);
  let shown = 0;
  for await (const item of service.stream("messages", { all, contact, follow, limit }, interruption())) {
    show(item, json);
    if (item.kind === "message") shown++;
    // Only now: what was marked and not shown would never be read.
    if (!keep) await marks.add(item, follow);
  }
  await marks.flush();
  if (shown === 0 && !json && !follow)
    say(all ? "Nothing was said yet." : 'Nothing new. "chhaya read --all" shows everything.');
}

function show(item: MessageItem | NoticeItem, json: boolean): void {
  if (item.kind === "notice") {
    if (json) sayJson(item);
    else say(noticeLines(item));
  } else if (json) sayJson(messageJson(item));
  else say(messageLines(item));
}

/** What was shown, to be marked as read a few at a time. */
export class Marks {
  readonly #service: Service;
  readonly #contact: string | undefined;
  #row: number | undefined;
  #notice: number | undefined;
  #count = 0;

  constructor(service: Service, contact: string | undefined) {
    this.#service = service;
    this.#contact = contact;
  }

  async add(item: MessageItem | NoticeItem, now: boolean): Promise<void> {
    if (item.kind === "notice") this.#notice = item.id;
    else this.#row = Math.max(item.row, this.#row ?? 0);
    if (now || ++this.#count >= MARK_EVERY) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#row === undefined && this.#notice === undefined) return;
    const contact = this.#contact;
    await this.#service.call("seen", { row: this.#row, contact, notice: this.#notice });
    this.#row = undefined;
    this.#notice = undefined;
    this.#count = 0;
  }
}
