import { cardFromText, cardToBytes } from "../../../core/identity/index.ts";
import type { CommandCode, ContactView, EngineEvent, LabelEvent } from "../../../core/node/index.ts";
import { type Calls, type ContactItem, type ServiceCode, ServiceError } from "../../control/index.ts";
import { nearest } from "../../spelling/index.ts";
import { nativeSuite } from "../../suite/index.ts";
import type { ChhayaNode } from "../node.ts";

/** Digits of an account that name a contact as well as its name does. */
const ACCOUNT_DIGITS_MIN = 8;
/** A directory answers in seconds or not at all; several are asked twice. */
const LOOKUP_MS_MAX = 90_000;
let lookups = 0;

export function contactItem(contact: ContactView): ContactItem {
  const { account, devices, keyChanged, name, trust, verified } = contact;
  return { name, account, trust, verified, keyChanged, devices: devices.length };
}

/** The contact that a user means by its name, or by the beginning of its account. */
export async function contactCalled(node: ChhayaNode, word: string): Promise<ContactView> {
  const { engine } = await node.session();
  const contacts = engine.contacts();
  const named = contacts.find(({ name }) => name === word);
  if (named !== undefined) return named;
  const matching =
    word.length >= ACCOUNT_DIGITS_MIN && /^[0-9a-f]+$/u.test(word)
      ? contacts.filter(({ account }) => account.startsWith(word))
      : [];
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  const near = nearest(
    word,
    contacts.map(({ name }) => name),
  );
  const hint =
    near !== undefined
      ? `; did you mean "${near}"?`
      : contacts.length === 0
        ? '; "chhaya contacts add" adds one'
        : '; "chhaya contacts list" shows all';
  throw new ServiceError("service/contact-unknown", `there is no contact called "${word}"${hint}`);
}

const REFUSALS: Readonly<Record<CommandCode, readonly [ServiceCode, string]>> = {
  "command/unknown-contact": ["service/contact-unknown", "there is no such contact any more"],
  "command/unknown-message": ["service/refused", "there is no such message"],
  "command/message-too-long": ["service/too-long", "the message is longer than 60,000 bytes"],
  "command/outbox-full": [
    "service/outbox-full",
    "too much waits to be delivered already: try again when some of it has arrived",
  ],
  "command/conversation-stopped": [
    "service/key-changed",
    'the key of this contact has changed, and nothing is sent until you decide: see "chhaya contacts verify"',
  ],
  "command/card-invalid": ["service/card", "the name is too long, or the card cannot be used"],
  "command/contacts-full": ["service/refused", "there are as many contacts, or devices of this one, as there can be"],
  "command/own-card": ["service/card", "this is your own card: give it to others, and add theirs"],
  "command/label-invalid": [
    "service/label",
    "this is no label: from 1 to 64 of a-z 0-9 . _ @ + -, a letter or digit at both ends",
  ],
  "command/label-unknown": ["service/label", "this account has not registered that label"],
  "command/no-directory": ["service/no-directory", "no directory is followed: see [directories] in config.toml"],
  "command/busy": ["control/busy", "too many lookups are under way: try again in a moment"],
  "command/transfer-invalid": ["service/transfer", "the transfer is not for this label and this account"],
  "command/rotation-invalid": ["service/refused", "the rotation does not verify"],
};

/** What a refused command means to the user. */
export function refusal(code: string): ServiceError {
  const [service, message] =
    REFUSALS[code as CommandCode] ?? (["service/refused", `it was refused (${code})`] as const);
  return new ServiceError(service, message);
}

/** Throws where the command was refused. */
export function demandDone(command: string, events: readonly EngineEvent[]): void {
  for (const event of events)
    if (event.kind === "command.refused" && event.command === command) throw refusal(event.code);
}

export async function addContact(
  node: ChhayaNode,
  { card, label, name }: Calls["contact.add"]["params"],
): Promise<Calls["contact.add"]["result"]> {
  if ((card === undefined) === (label === undefined)) {
    throw new ServiceError("control/malformed", "a contact is added by a card or by a label");
  }
  return card === undefined ? addByLabel(node, name, label as string) : addByCard(node, name, card);
}

async function addByCard(node: ChhayaNode, name: string, text: string): Promise<Calls["contact.add"]["result"]> {
  const card = cardFromText(nativeSuite, text);
  if (!card.ok) throw new ServiceError("service/card", CARD_EXPLAINED[card.error] ?? "what was given is not a card");
  const session = await node.session();
  session.keepCompany(card.value.addresses);
  const events = await node.command({ kind: "add-contact", name, card: cardToBytes(card.value) });
  demandDone("add-contact", events);
  return outcomeOf(node, events, Buffer.from(card.value.account).toString("hex"));
}

const CARD_EXPLAINED: Readonly<Record<string, string>> = {
  "identity/card-prefix": "what was given is not a card: a card begins with CHHAYA1:",
  "identity/card-version": "the card is of another version of Chhaya",
  "identity/card-characters": "the card was mistyped or cut: it has a character that no card has",
  "identity/card-checksum": "the card was mistyped or cut",
  "identity/card-too-long": "what was given is too long for a card",
};

async function addByLabel(node: ChhayaNode, name: string, label: string): Promise<Calls["contact.add"]["result"]> {
  if (!node.isOnline) {
    throw new ServiceError("service/offline", 'a label is looked up over the network: start "chhaya node" first');
  }
  const token = 1 + (lookups++ % 2 ** 31);
  const answer = Promise.withResolvers<LookupEnd>();
  const events: EngineEvent[] = [];
  const leave = node.listen((event) => {
    if (event.kind === "contact.added" || event.kind === "contact.key-changed") events.push(event);
    if (event.kind === "command.refused" && event.command === "add-labelled") events.push(event);
    if (isLookupEnd(event) && event.token === token) answer.resolve(event);
  });
  const cancel = node.clock.at(node.clock.now() + LOOKUP_MS_MAX, () =>
    answer.reject(new ServiceError("service/label-unresolved", `no directory has answered about "${label}"`)),
  );
  answer.promise.catch(() => {});
  try {
    await node.fence({ kind: "add-labelled", name, label, token });
    demandDone("add-labelled", events);
    const account = accountFound(node, await answer.promise);
    // What follows from the answer comes behind it in the same turn.
    await node.fence();
    demandDone("add-labelled", events);
    return await outcomeOf(node, events, account);
  } finally {
    cancel();
    leave();
  }
}

type LookupEnd = Extract<LabelEvent, { kind: "label.found" | "label.absent" | "label.unresolved" }>;

function isLookupEnd(event: EngineEvent): event is LookupEnd {
  return event.kind === "label.found" || event.kind === "label.absent" || event.kind === "label.unresolved";
}

function accountFound(node: ChhayaNode, event: LookupEnd): string {
  switch (event.kind) {
    case "label.found":
      return event.account;
    case "label.absent":
      throw new ServiceError("service/label-absent", `"${event.label}" is not registered: this is proven`);
    case "label.unresolved": {
      const failures = event.failures.map(({ code, log }) => `${node.directoryName(log)}: ${code}`);
      const why = failures.length > 0 ? ` (${failures.join("; ")})` : "";
      throw new ServiceError("service/label-unresolved", `too few directories agree on "${event.label}"${why}`);
    }
  }
}

async function outcomeOf(
  node: ChhayaNode,
  events: readonly EngineEvent[],
  account: string,
): Promise<Calls["contact.add"]["result"]> {
  const { engine } = await node.session();
  const changed = events.find((event) => event.kind === "contact.key-changed");
  const contact = engine.contacts().find((each) => each.account === (changed?.contact ?? account));
  if (contact === undefined) throw new ServiceError("service/card", "the card cannot be used");
  const outcome =
    changed !== undefined ? "key-changed" : events.some(({ kind }) => kind === "contact.added") ? "added" : "known";
  return { outcome, contact: contactItem(contact) };
}

export async function verify(
  node: ChhayaNode,
  { confirm, contact: word }: Calls["contact.verify"]["params"],
): Promise<Calls["contact.verify"]["result"]> {
  const { account } = await contactCalled(node, word);
  if (confirm) demandDone("mark-verified", await node.command({ kind: "mark-verified", contact: account }));
  const { engine } = await node.session();
  const safetyNumber = engine.safetyNumber(account) ?? "";
  return { contact: contactItem(await contactCalled(node, account)), safetyNumber };
}

export async function decide(
  node: ChhayaNode,
  { adopt, contact: word }: Calls["contact.decide"]["params"],
): Promise<Calls["contact.decide"]["result"]> {
  const { account, keyChanged, name } = await contactCalled(node, word);
  if (!keyChanged) throw new ServiceError("service/refused", `the key of ${name} has not changed`);
  demandDone("resolve-key-change", await node.command({ kind: "resolve-key-change", contact: account, adopt }));
  node.attention.withdraw(`contact.key-changed/${account}`);
  return { contact: contactItem(await contactCalled(node, name)) };
}

export async function remove(
  node: ChhayaNode,
  { contact: word }: Calls["contact.remove"]["params"],
): Promise<Calls["contact.remove"]["result"]> {
  const contact = await contactCalled(node, word);
  demandDone("remove-contact", await node.command({ kind: "remove-contact", contact: contact.account }));
  return { contact: contactItem(contact) };
}
