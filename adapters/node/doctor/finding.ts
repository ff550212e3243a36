import type { Check } from "../../control/index.ts";

export function ok(check: string, says: string): Check {
  return { check, verdict: "ok", says, todo: "" };
}

export function warn(check: string, says: string, todo: string): Check {
  return { check, verdict: "warn", says, todo };
}

export function fail(check: string, says: string, todo: string): Check {
  return { check, verdict: "fail", says, todo };
}
