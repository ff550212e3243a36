export { verdictTable } from "./terminal/table.ts";
export { progressLine } from "./terminal/progress.ts";
export { jsonLine } from "./json.ts";
export { junit } from "./junit.ts";
export { htmlReport } from "./html/page.ts";
