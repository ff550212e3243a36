export { createAccount, loadAccount } from "./account-file.ts";
export { anchorLine, trustedAnchor } from "./anchor-line.ts";
export { type AuditedEpoch, auditEnd, auditEpochs, type AuditFailure } from "./audit-walk.ts";
export { DirectoryFolder } from "./directory-folder.ts";
export { asDamage, FolderDamaged, FolderError } from "./folder-error.ts";
export { equivocationLine, headLine } from "./head-line.ts";
export {
  equivocationOf,
  type LabelCode,
  type LabelProof,
  type LabelStanding,
  proveLabel,
  verifyLabel,
} from "./label-proof.ts";
export { type Line, lineOf, toLine } from "./line.ts";
export { decidedEpoch, publish } from "./publishing.ts";
export { createLine, lineOrFile, loadLine, parseLine, saveLine } from "./state-file.ts";
export { type WitnessAnswer, WitnessFolder, witnessLine } from "./witness-folder.ts";
