import {
  type Equivocation,
  EQUIVOCATION_BYTES_MAX,
  equivocationCodec,
  SIGNED_HEAD_BYTES_MAX,
  type SignedHead,
  signedHeadCodec,
} from "../../core/tlog/index.ts";
import { type Line, lineOf } from "./line.ts";

/** What a verifier remembers of a log: the last head that it accepted. */
export const headLine: Line<SignedHead> = lineOf("CHHAYAHEAD1", "a head", signedHeadCodec, SIGNED_HEAD_BYTES_MAX);

/** Two heads of one epoch, which convict their directory. */
export const equivocationLine: Line<Equivocation> = lineOf(
  "CHHAYAEQUIVOCATION1",
  "an equivocation",
  equivocationCodec,
  EQUIVOCATION_BYTES_MAX,
);
