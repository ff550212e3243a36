export { type Config, ConfigError } from "./config.ts";
export { documentedConfig } from "./documented.ts";
export { parseConfig, readConfig } from "./read.ts";
