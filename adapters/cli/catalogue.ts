import type { Command } from "commander";

/** A command as the first help shows it. What it does is loaded when it is called. */
export interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<(program: Command) => void>;
}

const TALK = "Conversations:";
const TRUST = "Directories:";
const LABORATORY = "Laboratory:";

export const catalogue: readonly Listed[] = [
  {
    name: "init",
    summary: "make an account on this machine",
    group: TALK,
    load: async () => (await import("./node/init.ts")).addInit,
  },
  {
    name: "id",
    summary: "show your card, for others to add you",
    group: TALK,
    load: async () => (await import("./node/id.ts")).addId,
  },
  {
    name: "contacts",
    summary: "add, list, verify and remove contacts",
    group: TALK,
    load: async () => (await import("./node/contacts.ts")).addContacts,
  },
  {
    name: "send",
    summary: "send a message",
    group: TALK,
    load: async () => (await import("./node/send.ts")).addSend,
  },
  {
    name: "read",
    summary: "read what came",
    group: TALK,
    load: async () => (await import("./node/read.ts")).addRead,
  },
  {
    name: "chat",
    summary: "talk with a contact",
    group: TALK,
    load: async () => (await import("./node/chat.ts")).addChat,
  },
  {
    name: "node",
    summary: "run the node that sends and receives",
    group: TALK,
    load: async () => (await import("./node/run-node.ts")).addNode,
  },
  {
    name: "status",
    summary: "what the node is doing",
    group: TALK,
    load: async () => (await import("./node/status.ts")).addStatus,
  },
  {
    name: "doctor",
    summary: "look for what is wrong, and say what to do; exit 1 when something is",
    group: TALK,
    load: async () => (await import("./node/doctor.ts")).addDoctor,
  },
  {
    name: "export",
    summary: "write an encrypted backup of the account",
    group: TALK,
    load: async () => (await import("./node/backup.ts")).addExport,
  },
  {
    name: "import",
    summary: "make the account again from a backup",
    group: TALK,
    load: async () => (await import("./node/backup.ts")).addImport,
  },
  {
    name: "completion",
    summary: "print a completion script for bash, zsh or fish",
    group: TALK,
    load: async () => (await import("./completion.ts")).addCompletion,
  },
  {
    name: "label",
    summary: "register a label that others find you by, or hand it over",
    group: TRUST,
    load: async () => (await import("./node/label.ts")).addLabel,
  },
  {
    name: "lookup",
    summary: "prove what a label stands for, from a directory's folder",
    group: TRUST,
    load: async () => (await import("./lookup.ts")).addLookup,
  },
  {
    name: "directory",
    summary: "a key directory, in a folder of its own",
    group: TRUST,
    load: async () => (await import("./directory.ts")).addDirectory,
  },
  {
    name: "witness",
    summary: "a witness of directories, in a folder of its own",
    group: TRUST,
    load: async () => (await import("./witness.ts")).addWitness,
  },
  {
    name: "audit",
    summary: "prove every epoch of a directory's log again",
    group: TRUST,
    load: async () => (await import("./audit.ts")).addAudit,
  },
  {
    name: "bootstrap",
    summary: "signed lists of peers to begin with",
    group: TRUST,
    load: async () => (await import("./bootstrap.ts")).addBootstrap,
  },
  {
    name: "run",
    summary: "play adversarial scenarios and judge them",
    group: LABORATORY,
    load: async () => (await import("./run.ts")).addRun,
  },
  {
    name: "list",
    summary: "what there is: scenarios, faults, oracles, benchmarks, sabotages",
    group: LABORATORY,
    load: async () => (await import("./list.ts")).addList,
  },
  {
    name: "replay",
    summary: "play a saved run, or a node's recording, again and demand the same of it",
    group: LABORATORY,
    load: async () => (await import("./replay.ts")).addReplay,
  },
  {
    name: "bench",
    summary: "measure",
    group: LABORATORY,
    load: async () => (await import("./bench.ts")).addBench,
  },
];

/** The command that a command line names first, with all that it can do; the others as the first help shows them. */
export async function addListed(program: Command, words: readonly string[]): Promise<void> {
  const named = nameIn(words);
  for (const { group, load, name, summary } of catalogue) {
    if (name === named) {
      (await load())(program);
      // In `chhaya help NAME` it is found below its own name too.
      program.commands.at(-1)?.summary(summary).helpGroup(group);
    } else {
      program.command(name).summary(summary).description(summary).helpGroup(group);
    }
  }
}

/** Every command with all that it can do. */
export async function addAll(program: Command): Promise<void> {
  for (const { group, load, summary } of catalogue) {
    (await load())(program);
    program.commands.at(-1)?.summary(summary).helpGroup(group);
  }
}

function nameIn(words: readonly string[]): string | undefined {
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  return first === "help" ? second : first;
}
