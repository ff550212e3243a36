export { benchDirectory, type DirectoryBench, LABELS_MIN } from "./directory.ts";
export { type Measurement } from "./measure.ts";
