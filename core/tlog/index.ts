export { proveConsistency, verifyConsistency } from "./consistency.ts";
export {
  EPOCH_PROOF_BYTES_MAX,
  type EpochLeaf,
  epochLeafCodec,
  epochLeafHash,
  type EpochProof,
  epochProofCodec,
  proveEpoch,
  verifyEpoch,
} from "./epoch.ts";
export {
  convict,
  type Equivocation,
  EQUIVOCATION_BYTES_MAX,
  equivocationCodec,
  verifyEquivocation,
} from "./equivocation.ts";
export {
  headHash,
  NO_HEAD,
  signHead,
  SIGNED_HEAD_BYTES_MAX,
  type SignedHead,
  signedHeadCodec,
  type TreeHead,
  verifyHead,
} from "./head.ts";
export { proveInclusion, verifyInclusion } from "./inclusion.ts";
export {
  proveSuccession,
  type Succession,
  SUCCESSION_BYTES_MAX,
  type SuccessionCode,
  successionCodec,
  verifySuccession,
} from "./succession.ts";
export { appendLeaf, EPOCHS_MAX, type LogNode, type LogReader, logRoot } from "./tree.ts";
