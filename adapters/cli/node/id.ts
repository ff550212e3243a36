import type { Command } from "commander";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { withService } from "./open-service.ts";
import { printableName, say, sayJson, styled } from "./output.ts";

/** Light on dark or dark on light, a reader finds its edge in so many empty modules. */
const QUIET_MODULES = 2;

export function addId(program: Command): void {
  const command = program
    .command("id")
    .description(
      "show your card as text and as a QR code: others add you with it; hand it over in person or on a trusted channel",
    )
    .option("--no-qr", "no QR code")
    .option("--card", "the card alone, on one line", false);
  accountFlags(command).action(show);
}

async function show(flags: AccountFlags & { readonly qr: boolean; readonly card: boolean }): Promise<void> {
  const identity = await withService(flags, (service) => service.call("identity", {}));
  if (flags.json) return sayJson(identity);
  if (flags.card) return say(identity.card);
  const { account, addresses, card, compactCard, fingerprint, name } = identity;
  if (flags.qr) {
    const { renderUnicodeCompact } = await import("uqr");
    for (const line of renderUnicodeCompact(compactCard, { ecc: "L", border: QUIET_MODULES }).split("\n")) {
      // A full block is a light module: white on black, whatever the terminal's own colours are.
      say(styled(["whiteBright", "bgBlack"], line));
    }
    say("");
  }
  const row = (what: string, value: string): void => say(`  ${styled("dim", what.padEnd(11))}  ${value}`);
  if (name !== "") row("name", printableName(name));
  row("account", account);
  row("fingerprint", fingerprint);
  row(
    "addresses",
    addresses.length === 0 ? 'none yet: "chhaya node" finds them' : addresses.join(`\n${" ".repeat(15)}`),
  );
  say("");
  say(card);
  if (flags.qr) {
    say("");
    say(styled("dim", "The QR code holds the card without addresses: it stays the same when you move."));
  }
}
