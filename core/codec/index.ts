export {
  array,
  boolean,
  bytes,
  bytesUpTo,
  type Codec,
  decode,
  type Decoded,
  encode,
  mapped,
  optional,
  refined,
  secret,
  struct,
  text,
  uint,
  union,
} from "./schema.ts";
export { statementOf } from "./statement.ts";
export type { CodecCode } from "./wire.ts";
