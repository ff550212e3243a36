import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { counted } from "../counted.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { withService } from "./open-service.ts";
import { say, sayJson } from "./output.ts";

export function addLabel(program: Command): void {
  const label = program
    .command("label")
    .description("labels that others find your card by, in the followed directories");
  accountFlags(
    label
      .command("register")
      .description("register a label for this account, or its next version with the present card")
      .argument("<label>", "a-z 0-9 . _ @ + -, at most 64"),
  ).action(async (name: string, flags: AccountFlags) => {
    const { directories } = await withService(flags, (service) => service.call("label.register", { label: name }));
    if (flags.json) return sayJson({ label: name, directories });
    say(
      `"${name}" is on its way to ${counted(directories, "directory", "directories")}. "chhaya status" shows when it is registered, or why not; a node has to run until then.`,
    );
  });
  accountFlags(
    label
      .command("release")
      .description("sign a label over to somebody else, who has to claim it")
      .argument("<label>", "a label of yours")
      .argument("<to>", "a contact, or a card"),
  ).action(async (name: string, to: string, flags: AccountFlags) => {
    const { transfers } = await withService(flags, (service) => service.call("label.release", { label: name, to }));
    if (flags.json) return sayJson({ label: name, transfers });
    say(`"${name}" is signed over. They need this, and use it with "chhaya label claim ${name} -":`);
    for (const transfer of transfers) say(transfer);
  });
  accountFlags(
    label
      .command("claim")
      .description("register a label that was signed over to you")
      .argument("<label>", "the label")
      .argument("<transfer>", 'what "chhaya label release" printed, or - for standard input'),
  ).action(async (name: string, word: string, flags: AccountFlags) => {
    const transfer = word === "-" ? await text(process.stdin) : word;
    const claimed = await withService(flags, (service) => service.call("label.claim", { label: name, transfer }));
    if (flags.json) return sayJson({ label: name, ...claimed });
    say(`"${name}" is claimed. "chhaya status" shows when it is registered; a node has to run until then.`);
  });
}
