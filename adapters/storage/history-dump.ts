import { array, decode, type Codec, encode, struct, uint, union } from "../../core/codec/index.ts";
import { contentCodec, statusCodec } from "./history-cells.ts";
import type { Content, Status } from "./history-entry.ts";

/** One row, as it is dumped and restored. */
export interface DumpedRow {
  readonly row: number;
  readonly content: Content;
  readonly status: Status;
}
/** The longest part of a dump, in bytes; a row is far shorter. */
export const DUMP_PART_BYTES_MAX: number = 2 ** 20;
const DUMP_ROWS_MAX = 16_384;

export type DumpPart =
  /** The first, once: the token that would have come next. */
  | { readonly kind: "start"; readonly nextToken: number }
  | { readonly kind: "rows"; readonly rows: readonly DumpedRow[] };

const dumpCodec: Codec<DumpPart> = union({
  start: [0, struct({ nextToken: uint() })],
  rows: [
    1,
    struct({ rows: array(struct({ row: uint(), content: contentCodec, status: statusCodec }), DUMP_ROWS_MAX) }),
  ],
});

export function encodeDumpPart(part: DumpPart): Uint8Array {
  return encode(dumpCodec, part);
}

export function decodeDumpPart(bytes: Uint8Array): DumpPart | undefined {
  const decoded = decode(dumpCodec, bytes, DUMP_PART_BYTES_MAX);
  return decoded.ok ? decoded.value : undefined;
}

/** Rows, as many as fit into a part each; `rows` in order. */
export function* dumpRows(rows: Iterable<DumpedRow>): Generator<Uint8Array> {
  let part: DumpedRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    // Numbers, lengths and names with room to spare.
    const rowBytes = row.content.body.length + 1_024;
    if (bytes + rowBytes > DUMP_PART_BYTES_MAX) {
      yield encodeDumpPart({ kind: "rows", rows: part });
      [part, bytes] = [[], 0];
    }
    part.push(row);
    bytes += rowBytes;
  }
  if (part.length > 0) yield encodeDumpPart({ kind: "rows", rows: part });
}
