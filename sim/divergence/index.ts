export { type Chapter, Chronicle, type Draws } from "./chronicle.ts";
export { describeDivergence } from "./describe.ts";
export { type Divergence, findDivergence, type Play } from "./find.ts";
export { toldBy } from "./thread.ts";
