export { Conduct } from "./conduct.ts";
export { type Offence, scoreThresholds } from "./offences.ts";
