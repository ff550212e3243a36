import { boolean, bytesUpTo, type Codec, decode, encode, struct, text, uint, union } from "../../core/codec/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import {
  type Content,
  HISTORY_BODY_BYTES_MAX,
  HISTORY_NAME_BYTES_MAX,
  SEND_STATES,
  type SendState,
  type Status,
} from "./history-entry.ts";
import { openCell, sealCell } from "./sealing.ts";

const CONTENT_BYTES_MAX: number = HISTORY_BODY_BYTES_MAX + 1_024;
const STATUS_BYTES_MAX = 64;

const said = {
  contact: text(HISTORY_NAME_BYTES_MAX),
  at: uint(),
  body: bytesUpTo(HISTORY_BODY_BYTES_MAX),
};
export const contentCodec: Codec<Content> = union({
  in: [0, struct({ id: text(HISTORY_NAME_BYTES_MAX), ...said })],
  out: [1, struct({ token: uint(), ...said })],
});
const stateCodec: Codec<SendState> = {
  write: (writer, state) => uint(SEND_STATES.length - 1).write(writer, SEND_STATES.indexOf(state)),
  read: (reader) => SEND_STATES[uint(SEND_STATES.length - 1).read(reader)] ?? "offered",
};
export const statusCodec: Codec<Status> = struct({ state: stateCodec, at: uint(), provisional: boolean });

/** Seals the cells of rows, each under a key of its own and bound to its row and column. */
export class HistoryCells {
  readonly #key: Secret;

  constructor(key: Secret) {
    this.#key = key;
  }

  sealContent(row: number, content: Content): Uint8Array {
    return this.#seal(row, "content", encode(contentCodec, content));
  }

  /** Undefined when it was altered, or is another row's. */
  openContent(row: number, cell: unknown): Content | undefined {
    return this.#open(row, "content", cell, contentCodec, CONTENT_BYTES_MAX);
  }

  sealStatus(row: number, status: Status): Uint8Array {
    return this.#seal(row, "status", encode(statusCodec, status));
  }

  openStatus(row: number, cell: unknown): Status | undefined {
    return this.#open(row, "status", cell, statusCodec, STATUS_BYTES_MAX);
  }

  #seal(row: number, column: "content" | "status", plaintext: Uint8Array): Uint8Array {
    return sealCell(this.#key, "storage history", placeOf(row, column), plaintext);
  }

  #open<T>(row: number, column: "content" | "status", cell: unknown, codec: Codec<T>, bytesMax: number): T | undefined {
    if (!(cell instanceof Uint8Array)) return undefined;
    const plaintext = openCell(this.#key, "storage history", placeOf(row, column), cell);
    if (plaintext === undefined) return undefined;
    const decoded = decode(codec, plaintext, bytesMax);
    return decoded.ok ? decoded.value : undefined;
  }
}

/** column u8 ‖ row u64. */
function placeOf(row: number, column: "content" | "status"): Uint8Array {
  const place = new Uint8Array(9);
  place[0] = column === "content" ? 0 : 1;
  new DataView(place.buffer).setBigUint64(1, BigInt(row));
  return place;
}
