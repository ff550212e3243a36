export { anchorIdOf, bootstrapAnchorLine, type BootstrapAnchor, SIGNERS_MAX } from "./anchor.ts";
export { bootstrapListLine, PEER_CHARS_MAX, PEERS_MAX, type SignedBootstrapList } from "./list.ts";
export { isPeerAddress } from "./peer.ts";
export { createSigner, loadSigner, signerLine } from "./signer.ts";
export { addSignature, type BootstrapCode, LIST_LIFE_MS_MAX, verifyList } from "./verify.ts";
