import type { Command } from "commander";
import { BODY_BYTES_MAX, type SentItem } from "../../control/index.ts";
import { UsageError } from "../usage.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { interruption } from "./interruption.ts";
import { withService } from "./open-service.ts";
import { printableName, say, sayJson } from "./output.ts";

export function addSend(program: Command): void {
  const command = program
    .command("send")
    .description(
      "send a message: returns when it is safe on the disk; it leaves while a node runs, and until it has arrived",
    )
    .argument("<name>", "the contact")
    .argument("<text...>", "the message, or - for standard input")
    .option("--wait", "wait until it has arrived", false);
  accountFlags(command).action(send);
}

async function send(
  contact: string,
  words: readonly string[],
  flags: AccountFlags & { readonly wait: boolean },
): Promise<void> {
  const body = await bodyOf(words);
  await withService(flags, async (service) => {
    let last: SentItem | undefined;
    for await (const sent of service.stream("send", { contact, body, wait: flags.wait }, interruption())) {
      last = sent;
      if (flags.json) sayJson(sent);
      else if (sent.state === "queued" && !sent.online) {
        say('Queued. No node runs: it leaves when "chhaya node" does.');
        // Waiting would be for good.
        if (flags.wait) break;
      } else if (sent.state === "queued" && flags.wait) say("Queued.");
      else if (sent.state === "queued") say(`Queued for ${printableName(contact)}.`);
      else
        say(
          sent.state === "delivered"
            ? "Delivered."
            : "It will not be delivered: the contact was removed, or its key changed.",
        );
    }
    if (last?.state === "failed" || (flags.wait && last?.state !== "delivered")) process.exitCode = 1;
  });
}

/** The message in base64. */
async function bodyOf(words: readonly string[]): Promise<string> {
  const bytes = words.join(" ") === "-" ? await standardInput() : Buffer.from(words.join(" "));
  if (bytes.length === 0) throw new UsageError("there is nothing to send");
  if (bytes.length > BODY_BYTES_MAX) {
    throw new UsageError(`a message has at most ${BODY_BYTES_MAX.toLocaleString("en-US")} bytes`);
  }
  return bytes.toString("base64");
}

async function standardInput(): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > BODY_BYTES_MAX) break;
  }
  return Buffer.concat(parts);
}
