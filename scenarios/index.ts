import type { Scenario } from "../sim/index.ts";
import { colludingWitnesses } from "./colluding-witnesses.ts";
import { conversation } from "./conversation.ts";
import { crashRestart } from "./crash-restart.ts";
import { dhtPoisoning } from "./dht-poisoning.ts";
import { divergingDirectories } from "./diverging-directories.ts";
import { eclipse } from "./eclipse.ts";
import { equivocatingDirectory } from "./equivocating-directory.ts";
import { gossipSpam } from "./gossip-spam.ts";
import { impersonation } from "./impersonation.ts";
import { keySubstitution } from "./key-substitution.ts";
import { labelPrivacyScenario } from "./label-privacy.ts";
import { labelSquattingFlood } from "./label-squatting-flood.ts";
import { natChurn } from "./nat-churn.ts";
import { offlineStart } from "./offline-start.ts";
import { partitionHeal } from "./partition-heal.ts";
import { relayAbuse } from "./relay-abuse.ts";
import { reorderDuplicateLoss } from "./reorder-duplicate-loss.ts";
import { relocation } from "./relocation.ts";
import { replay } from "./replay.ts";
import { rollbackDirectory } from "./rollback-directory.ts";
import { staleDirectory } from "./stale-directory.ts";
import { stolenDevice } from "./stolen-device.ts";
import { sybilFlood } from "./sybil-flood.ts";
import { tamper } from "./tamper.ts";
import { withholdingDirectory } from "./withholding-directory.ts";
import { witnessCrash } from "./witness-crash.ts";
import { witnessRotation } from "./witness-rotation.ts";

/** Every scenario, in the order of `run all`. */
export const scenarios: readonly Scenario[] = [
  conversation,
  offlineStart,
  replay,
  tamper,
  reorderDuplicateLoss,
  partitionHeal,
  crashRestart,
  relocation,
  impersonation,
  stolenDevice,
  equivocatingDirectory,
  staleDirectory,
  rollbackDirectory,
  keySubstitution,
  withholdingDirectory,
  colludingWitnesses,
  witnessCrash,
  witnessRotation,
  divergingDirectories,
  labelSquattingFlood,
  labelPrivacyScenario,
  eclipse,
  sybilFlood,
  gossipSpam,
  dhtPoisoning,
  natChurn,
  relayAbuse,
];
