/** The hexadecimal account key of a contact: 64 characters. */
export type ContactId = string;

/** How the keys of a contact came to be trusted. A directory will add its own source. */
export type TrustSource = "card";

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
  /** Bytes or a record were refused; nothing was answered. For counters and traces, never an oracle on the wire. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "command.refused"; readonly command: string; readonly code: CommandCode; readonly token?: number };

export type EndReason = "bounds" | "unanswered" | "log-damaged" | "peer-restarted" | "key-changed" | "removed";

export type CommandCode =
  | "command/unknown-contact"
  | "command/unknown-message"
  | "command/message-too-long"
  | "command/outbox-full"
  | "command/conversation-stopped"
  | "command/card-invalid"
  | "command/contacts-full"
  | "command/own-card";
