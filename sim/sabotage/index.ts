export { findSabotage, installSabotage } from "./install.ts";
export { sabotages } from "./list.ts";
export { applyEdit, type Edit, type Sabotage, SabotageMistake } from "./sabotage.ts";
