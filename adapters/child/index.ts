export { Child } from "./child.ts";
export { type Failed, runner } from "./runner.ts";
