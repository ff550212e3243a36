export { verdictTable } from "./terminal/table.ts";
export { checklist, type Checklist, type ChecklistItem } from "./terminal/checklist.ts";
export { comparisonTable } from "./terminal/comparison.ts";
export { type FigureRow, figureTable, type FigureTable } from "./terminal/figures.ts";
export { progressLine } from "./terminal/progress.ts";
export { duration } from "./duration.ts";
export { comparisonLine, jsonLine } from "./json.ts";
export { junit } from "./junit.ts";
export { htmlReport } from "./html/page.ts";
