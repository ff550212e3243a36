import { isBucket, splitTag } from "../envelope/index.ts";
import { CookieJar } from "../handshake/index.ts";
import {
  accountId,
  cardToBytes,
  type ContactCard,
  deviceId,
  generateAccount,
  generateDevice,
  generateIntroduction,
  generatePrekeys,
  type LocalPrekeys,
  nextBundleVersion,
} from "../identity/index.ts";
import { err, ok, type Result, wipeAll } from "../safety/index.ts";
import type { Random, Suite } from "../suite/index.ts";
import type { IndexReader } from "../vkd/index.ts";
import { ownCard, perform } from "./contacts.ts";
import { hear, hearEarly, isStopped, speak, speakEarly } from "./conversation.ts";
import {
  onGossip,
  onQuestion,
  openDirectories,
  type Roles,
  settle,
  tellConvictions,
  tendDirectories,
} from "./directory/index.ts";
import type { ContactId } from "./events.ts";
import { abandon, onAnswer, onFirstMessage, onRetry, repeatInitiation } from "./handshaking.ts";
import { announceAgain } from "./inbox.ts";
import {
  type ContactView,
  inspect,
  type Inspection,
  safetyNumberOf,
  viewContacts,
  viewOutbox,
  type WaitingMessage,
} from "./inspect.ts";
import { lookUp, onRecord, seekReach } from "./lookup.ts";
import { distrust } from "./distrust.ts";
import type { Peer } from "./peer.ts";
import { flush, load, loadPrekeys, loadProfile } from "./persistence.ts";
import type { Address, Effect, Input, Millis, StoredLog } from "./ports.ts";
import { adoptPrekeys, publish } from "./publication.ts";
import { admissible, relocate } from "./relocation.ts";
import { boundWaits, isDue, isOver, isSoughtAfter, nextWake } from "./schedule.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings.ts";
import type { NodeState, Profile } from "./state.ts";
import { Store, type StoreCode } from "./store.ts";
import { Turn } from "./turn.ts";

/** What an engine is given: primitives, randomness, and what its operator chose. */
export interface EngineEnvironment {
  readonly suite: Suite;
  readonly random: Random;
  readonly settings?: Partial<Settings>;
  /** What the node is beside a client; the same at every start. */
  readonly roles?: Roles;
  /** Reads of the index store, whose writes are effects; for mirrors and directories. */
  readonly index?: IndexReader;
}

export type OpenCode =
  | StoreCode
  /** The log holds no identity: it is new, or damaged from its first record. */
  | "node/no-identity";

/**
 * One Chhaya node as a pure state machine: the same state, randomness, inputs and times give the same effects.
 * Effects are in order: the record that makes a turn durable comes first, so that nothing that depends on it is
 * sent, announced or stored elsewhere before.
 */
export class Engine {
  readonly #node: NodeState;
  #wakeAt: Millis | undefined;
  #rewrite = false;

  private constructor(node: NodeState) {
    this.#node = node;
  }

  /** A new account with this device as its first. */
  static create(
    environment: EngineEnvironment,
    profile: { readonly label: string; readonly addresses: readonly Address[] },
    now: Millis,
  ): { readonly engine: Engine; readonly effects: Effect[] } {
    const { random, suite } = environment;
    const account = generateAccount(suite, random);
    const device = generateDevice(suite, random, account, now);
    const introduction = generateIntroduction(random);
    const prekeys = generatePrekeys(
      suite,
      random,
      now,
      environment.settings?.oneTimePrekeys ?? DEFAULT_SETTINGS.oneTimePrekeys,
    );
    const version = nextBundleVersion(0, now);
    const node = newNode(
      environment,
      new Store(suite),
      {
        account,
        device,
        label: profile.label,
        addresses: admissible(profile.addresses),
        reachVersion: version,
        introduction,
        bundleVersion: version,
      },
      prekeys,
      now,
    );
    const engine = new Engine(node);
    const turn = new Turn(now);
    adoptPrekeys(node, prekeys.oneTime.values());
    node.dirty.add("profile").add("replay-keys");
    return { engine, effects: engine.#finish(turn) };
  }

  /**
   * A node from its log, at whatever moment it stopped. After damage, sessions end (their keys might be used
   * twice otherwise) and prekeys that might have served already are replaced; contacts and waiting messages stay.
   */
  static open(
    environment: EngineEnvironment,
    stored: StoredLog,
    now: Millis,
  ): Result<{ readonly engine: Engine; readonly effects: Effect[] }, OpenCode> {
    const recovered = Store.recover(environment.suite, stored);
    if (!recovered.ok) return recovered;
    const { records, status, store } = recovered.value;
    const profile = loadProfile(store);
    const prekeys = loadPrekeys(store);
    if (profile === undefined || prekeys === undefined) return err("node/no-identity");
    const node = newNode(environment, store, profile, prekeys, now);
    load(node);
    const engine = new Engine(node);
    const turn = new Turn(now);
    if (status === "torn" || status === "damaged") {
      turn.event({ kind: "log.recovered", status, records });
      engine.#rewrite = true;
    }
    if (status === "damaged") distrust(node, turn);
    announceAgain(node, turn);
    tellConvictions(node, turn);
    for (const peer of node.peers.values()) node.touched.add(peer);
    return ok({ engine, effects: engine.#finish(turn) });
  }

  get account(): ContactId {
    return accountId(this.#node.profile.account.publicKey);
  }

  get device(): string {
    return this.#node.deviceId;
  }

  /** The card that others add to trust and reach this device. Hand it over in person or on a trusted channel. */
  card(): ContactCard {
    return ownCard(this.#node);
  }

  /** The card's binary encoding, as the `add-contact` command takes it. */
  cardBytes(): Uint8Array {
    return cardToBytes(this.card());
  }

  contacts(): readonly ContactView[] {
    return viewContacts(this.#node);
  }

  /** Every message that waits for delivery. Of those sent before, the others were delivered, or never will be. */
  outbox(): readonly WaitingMessage[] {
    return viewOutbox(this.#node);
  }

  /** The 60 digits that the user and this contact compare; undefined for a stranger. */
  safetyNumber(contact: ContactId): string | undefined {
    return safetyNumberOf(this.#node, contact);
  }

  /** Sizes and states without secrets or contents, for reports and limits. */
  inspect(): Inspection {
    return inspect(this.#node);
  }

  /** One input, and every effect that follows from it. */
  handle(input: Input, now: Millis): Effect[] {
    const node = this.#node;
    const turn = new Turn(now);
    switch (input.kind) {
      case "receive":
        receive(node, input.from, input.bytes, turn);
        break;
      case "record":
        onRecord(node, input.request, input.value, turn);
        break;
      case "wake":
        this.#wakeAt = undefined;
        for (const peer of node.peers.values()) if (isDue(peer, now)) node.touched.add(peer);
        break;
      case "gossip":
        onGossip(node, input.from, input.bytes, turn);
        break;
      case "question":
        onQuestion(node, input.id, input.bytes, turn);
        break;
      case "answer":
        settle(node, input.request, input.bytes, turn);
        break;
      case "stored":
        node.directories.overlay?.settle(input.sequence);
        node.directories.storedSince = true;
        break;
      case "relocated":
        relocate(node, input.addresses, turn);
        break;
      case "command":
        perform(node, input.command, turn);
        break;
    }
    return this.#finish(turn);
  }

  #finish(turn: Turn): Effect[] {
    const node = this.#node;
    for (const peer of node.touched) advance(node, peer, turn);
    boundWaits(node, turn.now);
    if (turn.now >= node.publishAt) publish(node, turn);
    tendDirectories(node, turn);
    flush(node);
    node.touched.clear();
    const { compactMs, compactRecords } = node.settings;
    const due = node.compactAt !== undefined && turn.now >= node.compactAt;
    const record = node.store.commit(this.#rewrite || due || node.store.records >= compactRecords);
    this.#rewrite = false;
    if (record?.kind === "replace") node.compactAt = undefined;
    else if (record?.kind === "append") node.compactAt ??= turn.now + compactMs;
    wipeAll(turn.spent);
    const effects = record === undefined ? turn.effects : [record, ...turn.effects];
    const wakeAt = nextWake(node);
    if (wakeAt !== this.#wakeAt) {
      this.#wakeAt = wakeAt;
      effects.push({ kind: "wake", at: wakeAt });
    }
    return effects;
  }
}

function newNode(
  environment: EngineEnvironment,
  store: Store,
  profile: Profile,
  prekeys: LocalPrekeys,
  now: Millis,
): NodeState {
  const { random, suite } = environment;
  return {
    suite,
    random,
    settings: { ...DEFAULT_SETTINGS, ...environment.settings },
    store,
    profile,
    deviceId: deviceId(suite, profile.device.certificate),
    prekeys,
    unpublished: new Set(),
    contacts: new Map(),
    peers: new Map(),
    routes: new Map(),
    answered: new Map(),
    lookups: new Map(),
    nextRequest: 0,
    replayKeys: [],
    unknownAccounts: new Set(),
    cookies: new CookieJar(suite, random, now),
    directories: openDirectories(suite, store, environment.roles ?? {}, environment.index, now),
    changedContacts: new Set(),
    touched: new Set(),
    dirty: new Set(),
    publishAt: now,
    movedAt: 0,
    republishAllAt: now,
    compactAt: undefined,
  };
}

/** Untrusted bytes: length, then the table of expected tags, then perhaps a first message. */
function receive(node: NodeState, from: Address, bytes: Uint8Array, turn: Turn): void {
  const split = isBucket(bytes.length) ? splitTag(bytes) : undefined;
  if (split === undefined) {
    turn.refuse("node/not-an-envelope");
    return;
  }
  const route = node.routes.get(split.tag);
  switch (route?.kind) {
    case undefined:
      onFirstMessage(node, from, bytes, turn);
      return;
    case "session":
      hear(node, route.peer, route.session, split.tag, split.rest, turn);
      return;
    case "early":
      hearEarly(node, route.peer, split.tag, split.rest, turn);
      return;
    case "answer":
      onAnswer(node, route.peer, split.rest, turn);
      return;
    case "retry":
      onRetry(node, route.peer, split.rest, turn);
      return;
  }
}

/** Whether there is something to say to this device that needs a session. */
function wantsSession(peer: Peer): boolean {
  return peer.outgoing.waiting.size > 0 || peer.tombstones.length > 0;
}

/** Does what is due for one device. */
function advance(node: NodeState, peer: Peer, turn: Turn): void {
  const { silence } = peer;
  if (!isStopped(node, peer)) {
    if (peer.current !== undefined) speak(node, peer, peer.current, turn);
    // Speaking may have ended the session.
    if (peer.current === undefined) seekSession(node, peer, turn);
  }
  if (peer.silence > silence && isSoughtAfter(peer.silence)) seekReach(node, peer, turn);
  // What could not be done now is done when something changes, not in a loop.
  if (peer.ackAt !== undefined && peer.ackAt <= turn.now) peer.ackAt = undefined;
  if (peer.retransmitAt !== undefined && peer.retransmitAt <= turn.now) peer.retransmitAt = undefined;
}

function seekSession(node: NodeState, peer: Peer, turn: Turn): void {
  const waited = peer.retransmitAt === undefined || peer.retransmitAt <= turn.now;
  if (peer.initiation !== undefined && isOver(turn.now - peer.initiation.started, node.settings.handshakeLifeMs)) {
    abandon(node, peer);
    peer.unanswered++;
  }
  if (peer.initiation !== undefined) {
    if (waited) repeatInitiation(node, peer, turn);
    speakEarly(node, peer, turn);
    return;
  }
  if (peer.lookup === undefined && waited && wantsSession(peer)) lookUp(node, peer, turn);
}
