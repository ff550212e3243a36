import { array, boolean, type Codec, bytes, bytesUpTo, optional, secret, struct, text, uint } from "../codec/index.ts";
import { type CookieJar } from "../handshake/index.ts";
import {
  type Account,
  addressesCodec,
  CARD_BYTES_MAX,
  CARD_LABEL_BYTES_MAX,
  type DeviceCertificate,
  deviceCertificateCodec,
  INTRODUCTION_BYTES,
  type LocalDevice,
  type LocalPrekeys,
} from "../identity/index.ts";
import type { Random, Suite } from "../suite/index.ts";
import type { Secret } from "../safety/index.ts";
import { LABEL_BYTES_MAX } from "../vkd/index.ts";
import type { DirectoryState } from "./directory/state.ts";
import { type Vouch, vouchCodec } from "./directory/vouch.ts";
import { LOGS_MAX } from "./directory/roles.ts";
import type { ContactId, TrustSource, UnvouchedReason } from "./events.ts";
import type { Peer, Session } from "./peer.ts";
import type { Address, Millis } from "./ports.ts";
import { REPLAY_KEYS_MAX, type Settings } from "./settings.ts";
import type { Store } from "./store.ts";

export const CONTACT_NAME_BYTES_MAX = 128;

/** Who this node is. */
export interface Profile {
  readonly account: Account;
  device: LocalDevice;
  readonly label: string;
  /** Where the transport says that this device is reached. */
  addresses: readonly Address[];
  /** {@link Reach.version} of these addresses. */
  reachVersion: number;
  readonly introduction: Secret;
  /** Version of the last published prekey bundle. */
  bundleVersion: number;
}

/** An account that the user trusts, and why. */
export interface Contact {
  readonly account: ContactId;
  readonly name: string;
  trust: TrustSource;
  readonly since: Millis;
  verified: boolean;
  /** A card for this name with another account key: the conversation is stopped until the user decides. */
  claimed: Uint8Array | undefined;
  /** What the claimed card came by: undefined for a card in person. */
  claimedBy: { readonly label: string; readonly vouches: readonly Vouch[] } | undefined;
  /** The label that it was found by; empty for a card. */
  readonly label: string;
  /** What directories proved of it, each by one head. */
  vouches: readonly Vouch[];
  /** When it was looked up again last, because what vouches for it was too old. Not persisted. */
  renewedAt: Millis;
  /** Why no handshake starts, once the user was told. Not persisted. */
  unvouched: UnvouchedReason | undefined;
}

/** What an expected delivery tag leads to. */
export type Route =
  | { readonly kind: "session"; readonly peer: Peer; readonly session: Session }
  | { readonly kind: "early"; readonly peer: Peer }
  | { readonly kind: "retry"; readonly peer: Peer }
  | { readonly kind: "answer"; readonly peer: Peer };

/** A handshake on a last-resort prekey that was accepted. */
export interface ReplayKey {
  readonly key: Uint8Array;
  readonly prekey: number;
  /** Whose it was. */
  readonly account: ContactId;
}

export type NodePart = "profile" | "prekeys" | "replay-keys";

/** Everything a node knows. The engine's parts are functions over it. */
export interface NodeState {
  readonly suite: Suite;
  readonly random: Random;
  readonly settings: Settings;
  readonly store: Store;
  readonly profile: Profile;
  prekeys: LocalPrekeys;
  readonly contacts: Map<ContactId, Contact>;
  readonly peers: Map<string, Peer>;
  /** Delivery tag (32 hexadecimal characters) → where its envelope belongs. */
  readonly routes: Map<string, Route>;
  /** First-message id (hexadecimal) → the peer whose handshake it started and that was answered. */
  readonly answered: Map<string, Peer>;
  /** Lookup request → the peer that it is for. */
  readonly lookups: Map<number, Peer>;
  nextRequest: number;
  replayKeys: readonly ReplayKey[];
  readonly unknownAccounts: Set<ContactId>;
  cookies: CookieJar;
  /** Peers that have something to do at the end of this turn. */
  readonly touched: Set<Peer>;
  readonly directories: DirectoryState;
  /** Contacts that changed in this turn. */
  readonly changedContacts: Set<Contact>;
  /** What changed beside the peers. */
  readonly dirty: Set<NodePart>;
  /** This device's id. */
  readonly deviceId: string;
  /** One-time prekeys whose records are still to be published. */
  readonly unpublished: Set<number>;
  /** When the own bundle is to be published next. */
  publishAt: Millis;
  /** When it was published last because of a move, or is to be. */
  movedAt: Millis;
  /** When the records of all one-time prekeys are to be published again. */
  republishAllAt: Millis;
  /** When the log is rewritten next; undefined while it holds nothing superseded. */
  compactAt: Millis | undefined;
}

/** The devices of one account that are known here. */
export function devicesOf(node: NodeState, account: ContactId): Peer[] {
  return [...node.peers.values()].filter((peer) => peer.account === account);
}

export const profileCodec: Codec<StoredProfile> = struct({
  account: bytes(32),
  accountSeed: secret(32),
  certificate: deviceCertificateCodec,
  signing: secret(32),
  identity: secret(32),
  label: text(CARD_LABEL_BYTES_MAX),
  addresses: addressesCodec,
  reachVersion: uint(),
  introduction: secret(INTRODUCTION_BYTES),
  bundleVersion: uint(),
});

export interface StoredProfile {
  readonly account: Uint8Array;
  readonly accountSeed: Secret;
  readonly certificate: DeviceCertificate;
  readonly signing: Secret;
  readonly identity: Secret;
  readonly label: string;
  readonly addresses: readonly string[];
  readonly reachVersion: number;
  readonly introduction: Secret;
  readonly bundleVersion: number;
}

export const contactCodec: Codec<StoredContact> = struct({
  name: text(CONTACT_NAME_BYTES_MAX),
  since: uint(),
  verified: boolean,
  claimed: optional(bytesUpTo(CARD_BYTES_MAX)),
  claimedBy: optional(struct({ label: text(LABEL_BYTES_MAX), vouches: array(vouchCodec, LOGS_MAX) })),
  byDirectory: boolean,
  label: text(LABEL_BYTES_MAX),
  vouches: array(vouchCodec, LOGS_MAX),
});

export interface StoredContact {
  readonly name: string;
  readonly since: number;
  readonly verified: boolean;
  readonly claimed: Uint8Array | undefined;
  readonly claimedBy: { readonly label: string; readonly vouches: readonly Vouch[] } | undefined;
  /** Trust came from directories, not from a card. */
  readonly byDirectory: boolean;
  readonly label: string;
  readonly vouches: readonly Vouch[];
}

export const replayKeysCodec: Codec<readonly ReplayKey[]> = array(
  struct({ key: bytes(32), prekey: uint(), account: text(64) }),
  REPLAY_KEYS_MAX,
);
