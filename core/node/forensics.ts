import { decode } from "../codec/index.ts";
import { ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import { type OneTimeSecret, oneTimeSecretCodec } from "../identity/index.ts";
import type { RatchetState } from "../ratchet/index.ts";
import type { Suite } from "../suite/index.ts";
import { packetCodec } from "./packet.ts";
import { incomingCodec, outgoingCodec, sessionCodec } from "./peer.ts";
import type { StoredLog } from "./ports.ts";
import { Store } from "./store.ts";

/** What somebody who holds a device's disk learns with this very code: for measuring forward secrecy and healing. */
export interface Loot {
  /** A ratchet state for every record of the log that holds one, oldest first: superseded ones too. */
  readonly ratchets: readonly RatchetState[];
  /** Messages that lie in clear: waiting for delivery, or for the application to confirm them. */
  readonly bodies: readonly Uint8Array[];
}

/** Everything in a log, the superseded states that it still holds included. */
export function examine(suite: Suite, stored: StoredLog): Loot {
  const ratchets: RatchetState[] = [];
  const bodies: Uint8Array[] = [];
  for (const changes of Store.history(suite, stored)) {
    for (const [key, value] of changes) {
      const [part] = key.split("/");
      if (part === "current" || part === "next") {
        const session = decode(sessionCodec, value, value.length);
        if (session.ok) ratchets.push(session.value.ratchet);
      } else if (part === "in" || part === "out") {
        const message = decode<{ readonly body: Uint8Array }>(
          part === "in" ? incomingCodec : outgoingCodec,
          value,
          value.length,
        );
        if (message.ok) bodies.push(message.value.body);
      }
    }
  }
  return { ratchets, bodies };
}

/** The secrets of the one-time prekeys that a log holds, by id. */
export function stolenPrekeys(suite: Suite, stored: StoredLog): Map<number, OneTimeSecret> {
  const prekeys = new Map<number, OneTimeSecret>();
  for (const [key, value] of Store.history(suite, stored).flat()) {
    const prekey = key.startsWith("prekey/") ? decode(oneTimeSecretCodec, value, value.length) : undefined;
    if (prekey?.ok === true) prekeys.set(prekey.value.id, prekey.value);
  }
  return prekeys;
}

/** The messages inside an opened envelope's payload; none when it is malformed. */
export function bodiesOf(payload: Uint8Array): Uint8Array[] {
  const packet = decode(packetCodec, payload, ENVELOPE_BYTES_MAX);
  return packet.ok ? packet.value.messages.map((message) => message.body) : [];
}
