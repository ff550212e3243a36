import type { Scenario } from "../sim/index.ts";
import { conversation } from "./conversation.ts";
import { crashRestart } from "./crash-restart.ts";
import { equivocatingDirectory } from "./equivocating-directory.ts";
import { impersonation } from "./impersonation.ts";
import { offlineStart } from "./offline-start.ts";
import { partitionHeal } from "./partition-heal.ts";
import { reorderDuplicateLoss } from "./reorder-duplicate-loss.ts";
import { replay } from "./replay.ts";
import { rollbackDirectory } from "./rollback-directory.ts";
import { staleDirectory } from "./stale-directory.ts";
import { stolenDevice } from "./stolen-device.ts";
import { tamper } from "./tamper.ts";

/** Every scenario, in the order of `run all`. */
export const scenarios: readonly Scenario[] = [
  conversation,
  offlineStart,
  replay,
  tamper,
  reorderDuplicateLoss,
  partitionHeal,
  crashRestart,
  impersonation,
  stolenDevice,
  equivocatingDirectory,
  staleDirectory,
  rollbackDirectory,
];
