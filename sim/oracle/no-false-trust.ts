import type { ContactId } from "../../core/node/index.ts";
import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** What a scenario admits: some people can be made to believe something false about a label, for a while. */
export interface DeclaredDeception {
  readonly label: string;
  /** Names of the people. */
  readonly victims: ReadonlySet<string>;
  /** From then on nothing false is believed, and what was believed has been taken back; since the run began. */
  readonly untilMs: number;
}

/** How long after a new holder saw its version published others may still find the one before. */
const PASSING_MS = 60_000;

const declared = new WeakMap<World, DeclaredDeception[]>();

/** Announces to {@link noFalseTrust} who may be deceived, in what, and until when. */
export function declareDeception(world: World, deception: DeclaredDeception): void {
  declared.set(world, [...(declared.get(world) ?? []), deception]);
}

/** Directories make nobody believe that a label is somebody's whose it is not. */
export const noFalseTrust: Oracle = {
  name: "no-false-trust",
  demand: "nobody finds or adds another account under a label than its holder's",
  watch(world, judge) {
    /** False contacts that were excused, by the name of the victim. */
    const fooled = new Map<string, Map<ContactId, DeclaredDeception>>();
    /** When the holder of a label saw its own version of it published. */
    const settledMs = new Map<string, number>();
    const isRight = (label: string, account: ContactId): boolean => {
      const holder = world.titles.of(label)?.account;
      const settled = settledMs.get(`${label} ${holder ?? ""}`) ?? Number.POSITIVE_INFINITY;
      const passing = world.kernel.elapsed <= settled + PASSING_MS;
      return account === holder || (passing && world.titles.everHeld(label, account));
    };
    const take = (name: string, label: string, account: ContactId): DeclaredDeception | undefined => {
      if (isRight(label, account)) {
        judge.check(true, () => "");
        return undefined;
      }
      const excuse = declared.get(world)?.find((one) => {
        return one.label === label && one.victims.has(name) && world.kernel.elapsed <= one.untilMs;
      });
      judge.check(excuse !== undefined, () => `${name} takes somebody else for ${label}`);
      return excuse;
    };
    const disown = (name: string, contacts: readonly ContactId[]): void => {
      for (const contact of contacts) {
        const excuse = fooled.get(name)?.get(contact);
        if (excuse !== undefined && world.kernel.elapsed <= excuse.untilMs) fooled.get(name)?.delete(contact);
      }
    };
    return {
      event(party, event) {
        if (!world.isHonest(party)) return;
        switch (event.kind) {
          case "label.registered": {
            const holder = world.titles.of(event.label);
            if (holder?.holder !== party.name) return;
            const key = `${event.label} ${holder.account}`;
            settledMs.set(key, settledMs.get(key) ?? world.kernel.elapsed);
            return;
          }
          case "label.found":
            take(party.name, event.label, event.account);
            return;
          case "contact.added": {
            // A person gives a contact that it found by a label the name of the label.
            const excuse = event.trust === "card" ? undefined : take(party.name, event.name, event.contact);
            if (excuse === undefined) return;
            const contacts = fooled.get(party.name) ?? new Map<ContactId, DeclaredDeception>();
            fooled.set(party.name, contacts.set(event.contact, excuse));
            return;
          }
          case "directory.convicted":
            disown(party.name, event.contacts);
            return;
          case "contact.unvouched":
            disown(party.name, [event.contact]);
            return;
        }
      },
      ended() {
        for (const [name, contacts] of fooled) {
          judge.check(contacts.size === 0, () => `${name} was not told in time that a contact is not who it seemed`);
        }
      },
    };
  },
};
