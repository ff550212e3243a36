export { Impersonator } from "./impersonator.ts";
export { Recorder } from "./recorder.ts";
export { damage, tamperWithPackets, tamperWithRecords } from "./tamperer.ts";
export { Thief } from "./thief.ts";
