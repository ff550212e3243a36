import { createInterface, type Interface } from "node:readline";
import type { Command } from "commander";
import { BODY_BYTES_MAX, type MessageItem, type NoticeItem, type Service } from "../../control/index.ts";
import { wholeNumber } from "../usage.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { withService } from "./open-service.ts";
import { messageJson, messageLines, noticeLines, printableName, sayJson, styled } from "./output.ts";
import { Marks } from "./read.ts";

const EARLIER = 10;

export function addChat(program: Command): void {
  const command = program
    .command("chat")
    .description("talk with a contact: each line is a message; ends with Ctrl-D or at the end of a pipe")
    .argument("<name>", "the contact")
    .option("--earlier <N>", "messages that are shown first", wholeNumber("--earlier", 0), EARLIER);
  accountFlags(command).action((name: string, flags: AccountFlags & { readonly earlier: number }) =>
    withService(flags, (service) => chat(service, name, flags)),
  );
}

async function chat(
  service: Service,
  contact: string,
  { earlier, json }: AccountFlags & { readonly earlier: number },
): Promise<void> {
  // Resolves the name before anything is typed, and shows how things stand.
  const { online } = await service.call("identity", {});
  const { contact: known } = await service.call("contact.verify", { contact, confirm: false });
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY && process.stdout.isTTY,
    prompt: styled("dim", "> "),
  });
  const screen = new Screen(lines, json);
  if (!online) screen.remark('No node runs: what you write is queued until "chhaya node" does.');
  if (known.keyChanged)
    screen.remark(`The key of ${printableName(known.name)} has changed: see "chhaya contacts verify".`);
  const over = new AbortController();
  const listening = listen(service, known.account, earlier, screen, over.signal);
  screen.prompt();
  try {
    // Listening ends before speaking only when the node does.
    await Promise.race([speak(service, known.account, lines, screen), listening]);
  } finally {
    over.abort();
    lines.close();
  }
  await listening;
}

/** What was said, what is said now, and what becomes of it. */
async function listen(
  service: Service,
  contact: string,
  earlier: number,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const marks = new Marks(service, contact);
  const limit = Math.max(1, earlier);
  let skip = earlier === 0;
  for await (const item of service.stream("messages", { all: true, contact, follow: true, limit }, signal)) {
    // The newest one tells where to go on from, even where nothing earlier is wanted.
    if (item.kind === "message" && skip && item.at < screen.since) continue;
    skip = false;
    // What was typed here stands there already.
    if (item.kind === "message" && item.direction === "out" && item.at >= screen.since) continue;
    screen.show(item);
    await marks.add(item, true);
  }
}

async function speak(service: Service, contact: string, lines: Interface, screen: Screen): Promise<void> {
  for await (const line of lines) {
    if (line.trim() !== "") {
      const body = Buffer.from(line);
      if (body.length > BODY_BYTES_MAX) screen.remark("That is too long for a message.");
      else await sayLine(service, contact, body, screen);
    }
    screen.prompt();
  }
}

/** Durable when it resolves. Its fate is told later, should it fail. */
async function sayLine(service: Service, contact: string, body: Buffer, screen: Screen): Promise<void> {
  try {
    const params = { contact, body: body.toString("base64"), wait: false };
    for await (const _ of service.stream("send", params, new AbortController().signal));
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== "ServiceError") throw failure;
    screen.remark(`Not sent: ${failure.message}`);
    process.exitCode = 1;
  }
}

/** Writes above the line that is being typed. */
class Screen {
  readonly since: number = Date.now();
  readonly #lines: Interface;
  readonly #json: boolean;

  constructor(lines: Interface, json: boolean) {
    this.#lines = lines;
    this.#json = json;
  }

  prompt(): void {
    if (this.#lines.terminal) this.#lines.prompt(true);
  }

  show(item: MessageItem | NoticeItem): void {
    if (this.#json) sayJson(item.kind === "message" ? messageJson(item) : item);
    else this.#write(item.kind === "message" ? messageLines(item) : noticeLines(item));
  }

  remark(text: string): void {
    if (this.#json) process.stderr.write(`${text}\n`);
    else this.#write(styled("yellow", text));
  }

  #write(text: string): void {
    const { terminal } = this.#lines;
    // Clears the line that is being typed; the prompt brings it back below.
    process.stdout.write(terminal ? `\r\x1b[K${text}\n` : `${text}\n`);
    this.prompt();
  }
}
