import { join } from "node:path";
import { expect } from "vitest";
import { Machine } from "./machine.testing.ts";

/** How often the directory publishes; a registration waits for at most that. */
const EPOCH_MS = 1_000;

/** Where everybody stands. */
export interface Places {
  readonly folder: string;
  /** The words that run a command on the machine of this name. */
  on(name: string): (command: readonly string[]) => readonly string[];
  /** Where the machine of this name listens. */
  listen(name: string): readonly string[];
  /** What it tells of that, where it cannot know. */
  announce(name: string): readonly string[];
  readonly scope: "loopback" | "internet";
}

/** The machines of one play. */
export interface Cast {
  readonly alice: Machine;
  readonly bob: Machine;
  readonly directory: Machine;
  /** Relays; the second is a witness too. */
  readonly relays: readonly [Machine, Machine];
  readonly all: readonly Machine[];
}

/** Two people, a directory with a witness, and two relays, each a process of the shipped program. All are started. */
export async function assemble(places: Places): Promise<Cast> {
  const machine = (name: string): Machine => new Machine(places.folder, name, places.on(name));
  const cast = {
    alice: machine("alice"),
    bob: machine("bob"),
    directory: machine("directory"),
    relays: [machine("relay1"), machine("relay2")] as const,
  };
  const all = [...cast.relays, cast.directory, cast.alice, cast.bob];
  await Promise.all(all.map((each) => each.must("init", "--name", each.name, "--no-passphrase")));
  const { directory, relays } = cast;

  const witness = join(relays[1].home, "witness");
  directory.write("w.txt", await relays[1].must("witness", "init", witness));
  const [, key = ""] = (await relays[1].must("witness", "show", witness)).split(/\s/u);
  const anchor = await directory.must(
    ...["directory", "init", join(directory.home, "town"), "--name", "town", "--witness", "w.txt"],
    ...["--threshold", "1", "--epoch-ms", `${EPOCH_MS}`, "--memory-kib", "1024", "--passes", "1"],
  );
  for (const each of all) each.write("home/town.anchor", anchor);

  const base = (name: string): string[] => [
    "[network]",
    `listen = ${JSON.stringify(places.listen(name))}`,
    `announce = ${JSON.stringify(places.announce(name))}`,
    `scope = "${places.scope}"`,
    "mdns = false",
  ];
  const serving = (name: string): string[] => [...base(name), "serve_relay = true", 'dht = "server"'];
  relays[0].configure(serving("relay1"));
  relays[1].configure([...serving("relay2"), "[roles]", 'witness = "witness"', 'witness_logs = ["town.anchor"]']);
  const [[first = ""], [second = ""]] = await Promise.all([relays[0].start(), relays[1].start()]);
  const known = [`bootstrap = ${JSON.stringify([first, second])}`];
  directory.configure([
    ...base("directory"),
    ...known,
    'dht = "server"',
    "[roles]",
    'directory = "town"',
    "[roles.directory_witnesses]",
    `${key} = "${second}"`,
  ]);
  const [published = ""] = await directory.start();
  for (const person of [cast.alice, cast.bob]) {
    person.configure([
      ...base(person.name),
      ...known,
      `relays = ${JSON.stringify([first, second])}`,
      "[[directories.followed]]",
      'anchor = "town.anchor"',
      `directory = "${published}"`,
    ]);
  }
  await Promise.all([cast.alice.start(), cast.bob.start()]);
  return { ...cast, all };
}

/** Each registers a label, and finds the other by it. */
export async function meet({ alice, bob }: Cast): Promise<void> {
  await Promise.all([alice, bob].map((each) => each.must("label", "register", each.name)));
  await Promise.all([
    alice.until("bob's label is published", () => added(alice, "bob")),
    bob.until("alice's label is published", () => added(bob, "alice")),
  ]);
}

async function added(person: Machine, label: string): Promise<true | undefined> {
  const { code } = await person.run("contacts", "add", label, "--label", label);
  return code === 0 ? true : undefined;
}

/** Each writes to the other, and has the receipt; and the other has read it. */
export async function expectTalk(cast: Cast, word: string): Promise<void> {
  const { alice, bob } = cast;
  for (const [from, to] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const body = `${word} from ${from.name}`;
    const told = await from.json<{ readonly state: string }>("send", to.name, body, "--wait");
    expect(told.at(-1)?.state).toBe("delivered");
    const read = await to.json<{ readonly kind: string; readonly text?: string }>("read");
    expect(read.filter(({ kind }) => kind === "message").map((message) => message.text)).toEqual([body]);
  }
}
