export * from "./account.ts";
export { fromBase32, toBase32 } from "./base32.ts";
export * from "./bundle.ts";
export * from "./card.ts";
export * from "./certificate.ts";
export * from "./introduction.ts";
export * from "./prekeys.ts";
export * from "./safety-number.ts";
export * from "./stored-prekeys.ts";
