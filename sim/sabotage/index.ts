export { findSabotage, installSabotage } from "./install.ts";
export { sabotages } from "./list.ts";
export { applyEdit, SabotageMistake } from "./sabotage.ts";
