export { examine } from "./examine.ts";
export { examineMachine } from "./machine.ts";
