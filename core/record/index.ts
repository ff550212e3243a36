export * from "./key.ts";
export * from "./record.ts";
