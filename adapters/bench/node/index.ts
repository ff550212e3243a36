export { benchNode, type MessageFigures, type NodeBench, type Quantiles } from "./bench.ts";
