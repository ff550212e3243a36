import { existsSync, readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import type { ContactItem } from "../../control/index.ts";
import { counted } from "../counted.ts";
import { UsageError } from "../usage.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { withService } from "./open-service.ts";
import { printableName, say, sayJson, styled } from "./output.ts";

const CARD_PREFIX = /^\s*chhaya\d+:/iu;
/** Of a card's text with generous separators. */
const CARD_CHARS_MAX = 8_192;

export function addContacts(program: Command): void {
  const contacts = program.command("contacts").description("the people you talk with");
  accountFlags(
    contacts
      .command("add")
      .description("trust a card under a name of your choice; or whom enough directories agree on, by a label")
      .argument("<name>", "what you call them; on this machine only")
      .argument(
        "[card...]",
        "the card, or a file that holds it, or - for standard input, where it is read from by default",
      )
      .option("--label <LABEL>", "look the label up in the followed directories, instead of a card"),
  ).action(add);
  accountFlags(contacts.command("list").description("all contacts")).action(list);
  accountFlags(
    contacts
      .command("verify")
      .description(
        "show the safety number, which you and the contact compare in person; exit 1 while it is not confirmed",
      )
      .argument("<name>", "the contact")
      .option("--confirm", "you compared it, and it was the same at both ends", false)
      .option("--adopt", "decide a changed key: the new one is right", false)
      .option("--keep", "decide a changed key: the old one is right", false),
  ).action(verify);
  accountFlags(
    contacts
      .command("remove")
      .description("forget a contact: its keys, and what waits for it; what was said stays")
      .argument("<name>", "the contact"),
  ).action(async (contact: string, flags: AccountFlags) => {
    const removed = await withService(flags, (service) => service.call("contact.remove", { contact }));
    if (flags.json) sayJson(removed);
    else say(`${printableName(removed.contact.name)} is removed. Messages that waited for it are not delivered.`);
  });
}

async function add(
  name: string,
  words: readonly string[],
  flags: AccountFlags & { readonly label: string | undefined },
): Promise<void> {
  const { label } = flags;
  if (label !== undefined && words.length > 0)
    throw new UsageError("a contact is added by a card or by --label, not both");
  const params = label === undefined ? { name, card: await cardOf(words) } : { name, label };
  const added = await withService(flags, (service) => service.call("contact.add", params));
  if (flags.json) sayJson(added);
  else say(outcomeOf(added.outcome, added.contact));
  if (added.outcome === "key-changed") process.exitCode = 1;
}

function outcomeOf(outcome: "added" | "known" | "key-changed", { name: raw, trust, verified }: ContactItem): string {
  const name = printableName(raw);
  switch (outcome) {
    case "added":
      return trust === "card"
        ? `${name} is added. Compare safety numbers when you meet: "chhaya contacts verify ${name}"`
        : `${name} is added: the directories agree. Compare safety numbers when you meet: "chhaya contacts verify ${name}"`;
    case "known":
      return `${name} is known with this key already${verified ? ", and verified" : ""}.`;
    case "key-changed":
      return `The name ${name} stands for another key. Nothing is sent to ${name} until you decide: compare safety numbers in person, then "chhaya contacts verify ${name}" with --adopt for the new key or --keep for the old one.`;
  }
}

/** The card itself, a file that holds it, or what comes in. */
async function cardOf(words: readonly string[]): Promise<string> {
  const [first] = words;
  const joined = words.join(" ");
  if (first === undefined && process.stdin.isTTY) {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await lines.question("Paste the card: ");
    lines.close();
    return answer;
  }
  if (first === undefined || joined === "-") return (await text(process.stdin)).slice(0, CARD_CHARS_MAX);
  if (CARD_PREFIX.test(joined) || words.length > 1) return joined;
  if (!existsSync(first))
    throw new UsageError(`${JSON.stringify(first)} is neither a card, which begins with CHHAYA1:, nor a file`);
  if (statSync(first).size > CARD_CHARS_MAX) throw new UsageError(`${first} is too long for a card`);
  return readFileSync(first, "utf8");
}

async function list(flags: AccountFlags): Promise<void> {
  await withService(flags, async (service) => {
    let count = 0;
    for await (const contact of service.stream("contacts", {}, new AbortController().signal)) {
      count++;
      if (flags.json) sayJson(contact);
      else say(contactLine(contact));
    }
    if (count === 0 && !flags.json) say('No contacts yet. "chhaya contacts add NAME" takes a card.');
  });
}

function contactLine({ account, devices, keyChanged, name, trust, verified }: ContactItem): string {
  const [mark, how] = keyChanged
    ? [styled(["bold", "red"], "!"), "key changed: decide with verify --adopt or --keep"]
    : verified
      ? [styled("green", "✔"), "verified in person"]
      : [" ", trust === "card" ? "by card, not verified yet" : "by directories, not verified yet"];
  return `${mark} ${printableName(name).padEnd(16)}  ${account.slice(0, 16)}…  ${how}, ${counted(devices, "device")}`;
}

async function verify(
  contact: string,
  flags: AccountFlags & { readonly confirm: boolean; readonly adopt: boolean; readonly keep: boolean },
): Promise<void> {
  const { adopt, confirm, keep } = flags;
  if ([adopt, confirm, keep].filter(Boolean).length > 1)
    throw new UsageError("--confirm, --adopt and --keep exclude one another");
  await withService(flags, async (service) => {
    if (adopt || keep) {
      const decided = await service.call("contact.decide", { contact, adopt });
      if (flags.json) return sayJson(decided);
      const name = printableName(decided.contact.name);
      return say(
        adopt
          ? `${name} stands for the new key now: compare safety numbers again.`
          : `${name} stands for the old key, as before.`,
      );
    }
    const verified = await service.call("contact.verify", { contact, confirm });
    if (!verified.contact.verified) process.exitCode = 1;
    if (flags.json) return sayJson(verified);
    const name = printableName(verified.contact.name);
    say(`Safety number with ${name}:\n`);
    say(groups(verified.safetyNumber));
    say(
      verified.contact.verified
        ? `\n${styled("green", "✔")} You confirmed that ${name} sees the same.`
        : `\nCompare it with what ${name} sees, in person or on a call where you know the voice. If it is the same: chhaya contacts verify ${name} --confirm`,
    );
  });
}

/** Three lines of four groups. */
function groups(number: string): string {
  const all = number.split(" ");
  const lines = Array.from({ length: Math.ceil(all.length / 4) }, (_, i) => all.slice(4 * i, 4 * i + 4));
  return lines.map((line) => `    ${line.join("  ")}`).join("\n");
}
