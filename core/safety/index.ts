export { assert, AssertionFailure, unreachable } from "./assert.ts";
export { BoundedMap, BoundedQueue } from "./bounded.ts";
export { equalConstantTime } from "./equal.ts";
export { err, ok, type Result } from "./result.ts";
export { Secret, wipeAll } from "./secret.ts";
