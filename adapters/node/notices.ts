import type { EngineEvent, LogId, UnvouchedReason } from "../../core/node/index.ts";

/** What the user is to be told. */
export interface NoticeDraft {
  readonly topic: string;
  /** Something is wrong, and the user has to do something. */
  readonly grave: boolean;
  readonly text: string;
  readonly key: string;
  /** Told once for good, though the engine repeats it at every start. */
  readonly once: boolean;
  /** While one of this key waits that is younger than this, a further one changes nothing: others cause it at will. */
  readonly quietMs: number;
}

/** How a notice calls things. */
export interface Names {
  contact(account: string): string;
  directory(log: LogId): string;
}

/** Each would be a write to the disk, and anybody can try. */
const UNKNOWN_QUIET_MS = 3_600_000;

const UNVOUCHED: Readonly<Record<UnvouchedReason, string>> = {
  stale: "no directory has vouched for the keys lately",
  convicted: "a directory that vouched for the keys was convicted of telling two stories",
  changed: "the directories name other keys now",
};

/** What an event means to the user; undefined for those that mean nothing beyond what they change. */
export function noticeOf(event: EngineEvent, names: Names): NoticeDraft | undefined {
  switch (event.kind) {
    case "contact.key-changed":
      return grave(
        event.kind,
        event.contact,
        `The name "${event.name}" is claimed for another key. Nothing is sent to it or believed of it until you decide: compare safety numbers in person, then "chhaya contacts verify ${event.name}" with --adopt for the new key or --keep for the old one.`,
      );
    case "contact.unvouched":
      return grave(
        event.kind,
        event.contact,
        `No conversation with ${names.contact(event.contact)} begins: ${UNVOUCHED[event.reason]}. Compare safety numbers in person ("chhaya contacts verify"), or wait for the directories.`,
      );
    case "contact.unknown":
      return {
        ...plain(
          event.kind,
          "",
          `Somebody who is not among your contacts tried to begin a conversation (account ${event.account.slice(0, 16)}…). To talk to them, add their card.`,
        ),
        quietMs: UNKNOWN_QUIET_MS,
      };
    case "device.added":
      return plain(
        event.kind,
        event.device,
        `${names.contact(event.contact)} uses a further device. If they do not know of it, somebody else has their account key.`,
      );
    case "log.recovered":
      if (event.status === "torn") return undefined;
      return grave(
        event.kind,
        "",
        "The log was damaged, or comes from a backup: every conversation begins anew, and of what was sent last it is not certain whether it arrived.",
      );
    case "role.suspended":
      return {
        ...grave(
          event.kind,
          event.role,
          `This node signs nothing as a ${event.role} any more: its log was damaged, and what it signed may be forgotten. ${event.role === "witness" ? "Make another witness, and have the directory rotate to it." : "Make another directory."}`,
        ),
        once: true,
      };
    case "label.registered":
      return plain(
        event.kind,
        `${event.log}/${event.label}`,
        `The label "${event.label}" is registered in ${names.directory(event.log)}, version ${event.version}.`,
      );
    case "label.refused":
      return grave(
        event.kind,
        `${event.log}/${event.label}`,
        `The label "${event.label}" is refused by ${names.directory(event.log)} (${event.code}).`,
      );
    case "label.passed":
      return plain(
        event.kind,
        `${event.log}/${event.label}`,
        `The label "${event.label}" belongs to another account now, as you signed it.`,
      );
    case "label.alarm":
      return grave(
        event.kind,
        `${event.log}/${event.label}`,
        `${names.directory(event.log)} shows something under your label "${event.label}" that this device did not register (${event.code}). People who look you up there may be given somebody else's keys: warn them, and do not trust that directory.`,
      );
    case "label.unwatched":
      return plain(
        event.kind,
        `${event.log}/${event.label}`,
        `For a long time nobody has proved what stands under your label "${event.label}" in ${names.directory(event.log)}.`,
      );
    case "label.disagreed":
      return grave(
        event.kind,
        event.label,
        `Directories contradict one another about "${event.label}": ${event.answers
          .map(({ account, log }) => `${names.directory(log)} says ${account?.slice(0, 16) ?? "it is not registered"}`)
          .join(", ")}.`,
      );
    case "directory.convicted":
      return {
        ...grave(
          event.kind,
          `${event.log}/${event.epoch}`,
          `${names.directory(event.log)} signed two heads of epoch ${event.epoch}: it tells two stories, and nothing of it is believed any more.${vouched(event.contacts, names)}`,
        ),
        once: true,
      };
    case "directory.frozen":
      return grave(
        event.kind,
        event.log,
        event.reason === "stalled"
          ? `${names.directory(event.log)} shows no fresh head: it has stopped, or somebody keeps its news from you.`
          : `Nobody shows how the newest head of ${names.directory(event.log)} descends from the one that was believed: perhaps it was forked.`,
      );
    case "directory.invalid-epoch":
      return grave(
        event.kind,
        `${event.log}/${event.epoch}`,
        `The changes that ${names.directory(event.log)} published for epoch ${event.epoch} do not give what it signed (${event.code}).`,
      );
    default:
      return undefined;
  }
}

/** Of a notice that is withdrawn when the event comes; undefined for all other events. */
export function withdrawnBy(event: EngineEvent): string | undefined {
  return event.kind === "directory.thawed" ? `directory.frozen/${event.log}` : undefined;
}

function vouched(contacts: readonly string[], names: Names): string {
  if (contacts.length === 0) return "";
  return ` It vouched for ${contacts.map((contact) => names.contact(contact)).join(", ")}: compare safety numbers with them in person.`;
}

function plain(topic: string, about: string, text: string): NoticeDraft {
  return { topic, grave: false, text, key: `${topic}/${about}`, once: false, quietMs: 0 };
}

function grave(topic: string, about: string, text: string): NoticeDraft {
  return { ...plain(topic, about, text), grave: true };
}
