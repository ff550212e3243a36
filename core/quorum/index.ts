export {
  combine,
  cosign,
  COSIGNATURE_BYTES_MAX,
  type Cosignature,
  type CosignatureCode,
  cosignatureCodec,
  COSIGNED_HEAD_BYTES_MAX,
  type CosignedHead,
  cosignedHeadCodec,
  verifyCosignature,
  verifyPart,
} from "./cosignature.ts";
export {
  followRotations,
  type Rotation,
  ROTATION_BYTES_MAX,
  type RotationCode,
  rotationCodec,
  rotationHash,
  ROTATIONS_MAX,
  termAt,
  type UnsignedRotation,
  type WitnessTerm,
} from "./rotation.ts";
export {
  enrol,
  type EnrolCode,
  verifyWitnessSet,
  type WitnessMember,
  WITNESS_SET_BYTES_MAX,
  type WitnessSet,
  witnessSetCodec,
  witnessSetId,
  WITNESSES_MAX,
} from "./set.ts";
export { judgeHead, type Judgement, type WitnessCode, type WitnessedLog, type WitnessRecord } from "./witness.ts";
