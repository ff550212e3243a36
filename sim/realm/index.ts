export { Realm } from "./realm.ts";
export { shareCrypto } from "./sharing.ts";
