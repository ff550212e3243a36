export * from "./arguments.ts";
export * from "./kdf.ts";
export * from "./keypair.ts";
export { portableSuite } from "./portable.ts";
export { isStrictEd25519Encoding } from "./strict.ts";
export * from "./suite.ts";
