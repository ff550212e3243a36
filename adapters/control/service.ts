/**
 * What a node does for the commands of its user: one interface, whether the node is another process behind a socket
 * or opened by the command itself. All values are JSON: bytes are base64, times milliseconds since 1970.
 */

/** The longest message, in bytes: the core's own limit. */
export const BODY_BYTES_MAX = 60_000;

/** The user's own account, as others get to know it. */
export interface Identity {
  readonly account: string;
  readonly device: string;
  /** What the card suggests to be called. */
  readonly name: string;
  readonly fingerprint: string;
  readonly card: string;
  /** The card without addresses: short enough for a QR code. */
  readonly compactCard: string;
  readonly addresses: readonly string[];
  readonly online: boolean;
}

export interface ContactItem {
  readonly name: string;
  readonly account: string;
  readonly trust: "card" | "directory";
  readonly verified: boolean;
  readonly keyChanged: boolean;
  readonly devices: number;
}

export interface MessageItem {
  readonly kind: "message";
  /** Ascending; where a later reading goes on. */
  readonly row: number;
  readonly direction: "in" | "out";
  /** The contact's name; of a removed one the beginning of its account. */
  readonly contact: string;
  readonly account: string;
  readonly body: string;
  readonly at: number;
  /** "damaged": the row was altered on the disk, and has no body any more. */
  readonly state: "offered" | "queued" | "delivered" | "failed" | "received" | "damaged";
  /** Its author is not proven yet. */
  readonly provisional: boolean;
}

/** Something that the user should know; shown until it was seen. */
export interface NoticeItem {
  readonly kind: "notice";
  readonly id: number;
  readonly at: number;
  /** Stable, such as "contact.key-changed". */
  readonly topic: string;
  readonly grave: boolean;
  readonly text: string;
}

/** How far a message got: first that it is durable here, then, when that is waited for, how it ended. */
export interface SentItem {
  readonly token: number;
  readonly state: "queued" | "delivered" | "failed";
  readonly online: boolean;
}

export interface DirectoryStatus {
  readonly name: string;
  readonly log: string;
  /** 0: no head was accepted yet. */
  readonly epoch: number;
  readonly convicted: boolean;
  readonly frozen: boolean;
  readonly mirrored: number | null;
}

export interface NetworkView {
  readonly peer: string;
  readonly addresses: readonly string[];
  readonly connections: number;
  readonly relayed: number;
  readonly transports: Readonly<Record<string, number>>;
  readonly reachability: "public" | "private" | "unknown";
  readonly relays: number;
  readonly dht: { readonly mode: "server" | "client" | "off"; readonly peers: number };
  readonly gossip: { readonly peers: number; readonly mesh: number };
  readonly refusedPeers: number;
  /** When the network identity was drawn, and when it will be drawn anew. */
  readonly identityDrawn: number;
  readonly identityUntil: number | null;
}

export interface Status {
  readonly version: string;
  readonly online: boolean;
  readonly startedAt: number;
  readonly name: string;
  readonly contacts: number;
  readonly unread: number;
  readonly waiting: number;
  readonly logBytes: number;
  readonly roles: readonly string[];
  readonly network: NetworkView | null;
  readonly directories: readonly DirectoryStatus[];
  readonly notices: readonly NoticeItem[];
}

/** One finding of `chhaya doctor`. */
export interface Check {
  readonly check: string;
  readonly verdict: "ok" | "warn" | "fail";
  readonly says: string;
  /** What to do about it; empty when there is nothing. */
  readonly todo: string;
}

interface Call<Params, Result> {
  readonly params: Params;
  readonly result: Result;
}

interface Stream<Params, Item> {
  readonly params: Params;
  readonly item: Item;
}

type Nothing = Readonly<Record<string, never>>;

/** Asked and answered once. Contacts are named by their name, or by at least 8 digits of their account. */
export interface Calls {
  identity: Call<Nothing, Identity>;
  status: Call<Nothing, Status>;
  /** By a card, or by a label through the followed directories. */
  "contact.add": Call<
    { readonly name: string; readonly card?: string | undefined; readonly label?: string | undefined },
    { readonly outcome: "added" | "known" | "key-changed"; readonly contact: ContactItem }
  >;
  "contact.verify": Call<
    { readonly contact: string; readonly confirm: boolean },
    { readonly contact: ContactItem; readonly safetyNumber: string }
  >;
  /** Decides a changed key: adopt the new one, or keep the pinned one. */
  "contact.decide": Call<{ readonly contact: string; readonly adopt: boolean }, { readonly contact: ContactItem }>;
  "contact.remove": Call<{ readonly contact: string }, { readonly contact: ContactItem }>;
  "label.register": Call<{ readonly label: string }, { readonly directories: number }>;
  "label.release": Call<{ readonly label: string; readonly to: string }, { readonly transfers: readonly string[] }>;
  "label.claim": Call<{ readonly label: string; readonly transfer: string }, { readonly directories: number }>;
  /** What was shown to the user: messages up to a row, of one contact or of all; notices up to an id. */
  seen: Call<
    {
      readonly row?: number | undefined;
      readonly contact?: string | undefined;
      readonly notice?: number | undefined;
    },
    Nothing
  >;
  /** Writes a backup to an absolute path where nothing is yet. */
  export: Call<{ readonly file: string; readonly passphrase: string }, { readonly bytes: number }>;
}

/** Asked once, answered by items until they end or the asker loses interest. */
export interface Streams {
  contacts: Stream<Nothing, ContactItem>;
  send: Stream<{ readonly contact: string; readonly body: string; readonly wait: boolean }, SentItem>;
  /**
   * Notices that were not seen, then messages: the received ones that were not read, or `all`, the sent ones too; the
   * newest `limit` of them. `follow`: then those that come.
   */
  messages: Stream<
    {
      readonly contact?: string | undefined;
      readonly all: boolean;
      readonly limit?: number | undefined;
      readonly follow: boolean;
    },
    MessageItem | NoticeItem
  >;
  doctor: Stream<Nothing, Check>;
}

export type CallName = keyof Calls;
export type StreamName = keyof Streams;

export interface Service {
  /** Rejects with a {@link ServiceError}. */
  call<M extends CallName>(method: M, params: Calls[M]["params"]): Promise<Calls[M]["result"]>;
  stream<M extends StreamName>(
    method: M,
    params: Streams[M]["params"],
    signal: AbortSignal,
  ): AsyncIterable<Streams[M]["item"]>;
  close(): Promise<void>;
}
