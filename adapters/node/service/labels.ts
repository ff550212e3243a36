import { cardFromText, fromBase32, toBase32 } from "../../../core/identity/index.ts";
import { type Calls, ServiceError } from "../../control/index.ts";
import { nativeSuite } from "../../suite/index.ts";
import type { ChhayaNode } from "../node.ts";
import { contactCalled, demandDone } from "./people.ts";

const TRANSFER_PREFIX = "CHHAYATRANSFER1:";

/** Registers a label for this account in every followed directory; notices say what becomes of it. */
export async function register(
  node: ChhayaNode,
  { label }: Calls["label.register"]["params"],
): Promise<Calls["label.register"]["result"]> {
  demandDone("register-label", await node.command({ kind: "register-label", label }));
  return { directories: node.roles.names.size };
}

/** Signs a label over: to a contact, or to whom a card names. */
export async function release(
  node: ChhayaNode,
  { label, to }: Calls["label.release"]["params"],
): Promise<Calls["label.release"]["result"]> {
  const card = cardFromText(nativeSuite, to);
  const account = card.ok ? card.value.account : Buffer.from((await contactCalled(node, to)).account, "hex");
  const events = await node.command({ kind: "release-label", label, to: new Uint8Array(account) });
  demandDone("release-label", events);
  const transfers = events.flatMap((event) =>
    event.kind === "label.released" && event.label === label ? [`${TRANSFER_PREFIX}${toBase32(event.transfer)}`] : [],
  );
  return { transfers };
}

export async function claim(
  node: ChhayaNode,
  { label, transfer }: Calls["label.claim"]["params"],
): Promise<Calls["label.claim"]["result"]> {
  const compact = transfer.replaceAll(/[ \t\r\n]/gu, "");
  const bytes = compact.startsWith(TRANSFER_PREFIX) ? fromBase32(compact.slice(TRANSFER_PREFIX.length)) : undefined;
  if (bytes === undefined) {
    throw new ServiceError("service/transfer", `what was given is not a transfer: it begins with ${TRANSFER_PREFIX}`);
  }
  demandDone("claim-label", await node.command({ kind: "claim-label", label, transfer: bytes }));
  return { directories: node.roles.names.size };
}
