import type { AttackerKind } from "../../../sim/index.ts";
import { eclipser } from "./eclipser.ts";
import { gossipSpammer } from "./gossip-spammer.ts";
import type { AttackerFactory } from "./ground.ts";
import { recordPoisoner } from "./record-poisoner.ts";
import { relayAbuser } from "./relay-abuser.ts";
import { sybil } from "./sybil.ts";

export const ATTACKERS: Readonly<Record<AttackerKind, AttackerFactory>> = {
  eclipser,
  sybil,
  "gossip-spammer": gossipSpammer,
  "record-poisoner": recordPoisoner,
  "relay-abuser": relayAbuser,
};
