export { Conduct } from "./conduct.ts";
export { scoreThresholds } from "./offences.ts";
