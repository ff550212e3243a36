import type { Oracle } from "./judge.ts";

/** A restart after an honest crash finds a log that is clean or torn, never damaged, and every contact. */
export const recovery: Oracle = {
  name: "recovery",
  demand: "a node comes back from its log at any point of a crash, with its contacts",
  watch(_world, judge) {
    const contacts = new Map<string, Set<string>>();
    return {
      event(person, event) {
        if (event.kind !== "contact.added") return;
        const known = contacts.get(person.name) ?? new Set();
        contacts.set(person.name, known.add(event.contact));
      },
      restarted(person, events) {
        const damaged = events.some((event) => event.kind === "log.recovered" && event.status === "damaged");
        judge.check(!damaged, () => `${person.name} took an unfinished write for damage`);
        const found = new Set(person.machine.engine.contacts().map((contact) => contact.account));
        const lost = [...(contacts.get(person.name) ?? [])].filter((contact) => !found.has(contact)).length;
        judge.check(lost === 0, () => `${person.name} lost ${lost} contacts in a restart`);
      },
    };
  },
};
