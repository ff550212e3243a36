export * from "./arguments.ts";
export { ecvrf, type Edwards25519 } from "./ecvrf.ts";
export * from "./kdf.ts";
export * from "./keypair.ts";
export { portableSuite } from "./portable.ts";
export { isStrictEd25519Encoding } from "./strict.ts";
export * from "./suite.ts";
