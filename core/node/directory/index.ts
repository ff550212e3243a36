export { tellConvictions } from "./conviction.ts";
export { settle } from "./exchange.ts";
export { lookUpLabel } from "./labels.ts";
export { claimLabel, registerLabel, releaseLabel } from "./ownership.ts";
export {
  type Announcement,
  type Answer,
  answerCodec,
  type Gossip,
  gossipCodec,
  type Question,
  questionCodec,
} from "./messages.ts";
export { OWN_LABELS_MAX } from "./own-label.ts";
export { openDirectories } from "./persistence.ts";
export { adoptRotation } from "./publishing.ts";
export { PENDING_MAX } from "./publishing-state.ts";
export {
  type DirectoryRole,
  type FollowedLog,
  LOGS_MAX,
  type Roles,
  SERVERS_MAX,
  type WitnessAddress,
  type WitnessRole,
} from "./roles.ts";
export { onQuestion } from "./serving.ts";
export { ASKS_MAX, HEADS_KEPT_MAX, HEADS_SEEN_MAX } from "./state.ts";
export { suspendRoles } from "./suspension.ts";
export { boundDirectoryWaits, directoriesDue, onGossip, tendDirectories } from "./tend.ts";
export { checkVouches, vouchesFor } from "./vouching.ts";
