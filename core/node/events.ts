/** The hexadecimal account key of a contact: 64 characters. */
export type ContactId = string;

/** A followed log: the hexadecimal log id, 64 characters. */
export type LogId = string;

/**
 * How the keys of a contact came to be trusted: by a card that came out of band, or by as many directories as the
 * user demands, whose proofs verified.
 */
export type TrustSource = "card" | "directory";

/** Why no handshake with a contact is started: what vouched for it is too old, convicted, or names other keys now. */
export type UnvouchedReason = "stale" | "convicted" | "changed";

/**
 * How sure the engine is of a message's author. `provisional`: authenticated by the first handshake message
 * only, so whoever stole the receiver's signed prekey could have forged it. `confirmed`: the author proved
 * possession of its identity key in a full handshake.
 */
export type Assurance = "provisional" | "confirmed";

export type EngineEvent =
  /** Repeated after a restart until a `confirm` command names its `id`, which is unique to the message. */
  | {
      readonly kind: "message";
      readonly id: string;
      readonly contact: ContactId;
      readonly device: string;
      readonly seq: number;
      readonly body: Uint8Array;
      readonly assurance: Assurance;
    }
  /** A message that was announced as `provisional` is proven to be its author's. Those without stay unproven. */
  | {
      readonly kind: "message.confirmed";
      readonly id: string;
      readonly contact: ContactId;
      readonly device: string;
    }
  /** The message sent with `token` reached this device of the contact and is durable there. */
  | { readonly kind: "delivered"; readonly contact: ContactId; readonly device: string; readonly token: number }
  /** The message will not be delivered: the user adopted another account key, or removed the contact. */
  | { readonly kind: "undelivered"; readonly contact: ContactId; readonly device: string; readonly token: number }
  /** The message was persisted here and will be sent until it is delivered. */
  | { readonly kind: "queued"; readonly contact: ContactId; readonly token: number }
  | { readonly kind: "contact.added"; readonly contact: ContactId; readonly name: string; readonly trust: TrustSource }
  /** A name that is pinned to one account key was claimed for another: the conversation stops until the user decides. */
  | {
      readonly kind: "contact.key-changed";
      readonly contact: ContactId;
      readonly name: string;
      readonly claimed: ContactId;
    }
  /** Somebody without a card here tried to start a conversation. Nothing of it is kept but this. */
  | { readonly kind: "contact.unknown"; readonly account: ContactId }
  /** A further device with a valid certificate under the pinned account key. */
  | { readonly kind: "device.added"; readonly contact: ContactId; readonly device: string }
  /** The peer proved possession of its identity key; earlier provisional messages of this session are confirmed. */
  | { readonly kind: "session.confirmed"; readonly contact: ContactId; readonly device: string }
  /** A session ended by its bounds, by damage to the log, or by the peer; a fresh handshake replaces it. */
  | { readonly kind: "session.ended"; readonly contact: ContactId; readonly device: string; readonly reason: EndReason }
  /** Recovery found the log imperfect. `torn`: an unfinished last write, harmless. `damaged`: sessions were ended. */
  | { readonly kind: "log.recovered"; readonly status: "torn" | "damaged"; readonly records: number }
  | LabelEvent
  | DirectoryEvent
  /** Bytes or a record were refused; nothing was answered. For counters and traces, never an oracle on the wire. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "command.refused"; readonly command: string; readonly code: CommandCode; readonly token?: number };

/** What becomes of a label, looked up or owned. */
export type LabelEvent =
  /** As many logs as the user demands name this account. Not yet a contact. */
  | {
      readonly kind: "label.found";
      readonly label: string;
      readonly token: number;
      readonly account: ContactId;
      readonly version: number;
      readonly card: Uint8Array;
      readonly agreed: readonly LogId[];
    }
  /** As many logs as the user demands proved that nobody registered it. */
  | { readonly kind: "label.absent"; readonly label: string; readonly token: number; readonly logs: readonly LogId[] }
  /** Proofs of different logs contradict one another; undefined stands for a proof of absence. Precedes the outcome. */
  | {
      readonly kind: "label.disagreed";
      readonly label: string;
      readonly token: number;
      readonly answers: readonly { readonly log: LogId; readonly account: ContactId | undefined }[];
    }
  /** Fewer logs agree than the user demands: nothing is believed. */
  | {
      readonly kind: "label.unresolved";
      readonly label: string;
      readonly token: number;
      readonly failures: readonly { readonly log: LogId; readonly code: string }[];
    }
  /** The own registration was seen in the tree, with nothing else under the label. */
  | {
      readonly kind: "label.registered";
      readonly log: LogId;
      readonly label: string;
      readonly version: number;
      readonly epoch: number;
    }
  | { readonly kind: "label.refused"; readonly log: LogId; readonly label: string; readonly code: string }
  /** The statement that hands a label over: its new owner needs these bytes to claim it. */
  | { readonly kind: "label.released"; readonly log: LogId; readonly label: string; readonly transfer: Uint8Array }
  /** The account that the label was signed over to has claimed it: it is no longer watched here. */
  | { readonly kind: "label.passed"; readonly log: LogId; readonly label: string; readonly to: ContactId }
  /** The directory published a version that this device did not make, or not the one that it made. */
  | { readonly kind: "label.alarm"; readonly log: LogId; readonly label: string; readonly code: string }
  /** For as long as a head may be old, nobody proved what stands under the own label. */
  | { readonly kind: "label.unwatched"; readonly log: LogId; readonly label: string };

/** What becomes of a followed log. */
export type DirectoryEvent =
  /** A newer head was accepted; `hash` has 64 hexadecimal characters. */
  | { readonly kind: "directory.head"; readonly log: LogId; readonly epoch: number; readonly hash: string }
  /** It signed two heads of one epoch. It is refused from now on; these contacts were vouched for by it. Told again at every start. */
  | {
      readonly kind: "directory.convicted";
      readonly log: LogId;
      readonly epoch: number;
      readonly contacts: readonly ContactId[];
    }
  /** No fresh head comes, or nobody shows how a newer head descends from the one held: perhaps a freeze attack. */
  | { readonly kind: "directory.frozen"; readonly log: LogId; readonly reason: "stalled" | "chain-refused" }
  | { readonly kind: "directory.thawed"; readonly log: LogId }
  /** A mirror: the published changes do not give the root that was signed. */
  | { readonly kind: "directory.invalid-epoch"; readonly log: LogId; readonly epoch: number; readonly code: string }
  /** The directory's own node: an epoch has its quorum. */
  | { readonly kind: "directory.published"; readonly log: LogId; readonly epoch: number; readonly changes: number }
  /**
   * The log was damaged: what this node signed as a witness or directory may be forgotten, and it signs nothing in
   * that role again. A rotation has to replace a witness, other keys a directory.
   */
  | { readonly kind: "role.suspended"; readonly role: "witness" | "directory" }
  /** No handshake with this contact starts until it is vouched for again, or verified in person. */
  | { readonly kind: "contact.unvouched"; readonly contact: ContactId; readonly reason: UnvouchedReason };

export type EndReason = "bounds" | "unanswered" | "log-damaged" | "peer-restarted" | "key-changed" | "removed";

export type CommandCode =
  | "command/unknown-contact"
  | "command/unknown-message"
  | "command/message-too-long"
  | "command/outbox-full"
  | "command/conversation-stopped"
  | "command/card-invalid"
  | "command/contacts-full"
  | "command/own-card"
  | "command/label-invalid"
  | "command/label-unknown"
  | "command/no-directory"
  | "command/busy"
  | "command/transfer-invalid"
  | "command/rotation-invalid";
