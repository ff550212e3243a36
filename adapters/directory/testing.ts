import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type AccountFile, createAccount } from "./account-file.ts";
import { DirectoryFolder } from "./directory-folder.ts";
import { type Publication, publish } from "./publishing.ts";
import { WitnessFolder } from "./witness-folder.ts";

/** When the first epoch of a test is published; each of them is an hour later than the one before. */
export const STARTED_AT = 1_800_000_000_000;
export const HOUR_MS = 3_600_000;

/** A new folder that is gone when the test is. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "chhaya-directory-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A directory and its three witnesses, two of whom are a quorum, each in its folder. */
export class Place {
  readonly root: string = temporary();
  readonly path: string = join(this.root, "directory");
  readonly witnessPaths: readonly string[] = ["w1", "w2", "w3"].map((name) => join(this.root, name));
  readonly #accounts = new Map<string, AccountFile>();
  now: number = STARTED_AT;

  static async make(): Promise<Place> {
    const place = new Place();
    const witnesses = place.witnessPaths.map((path) => WitnessFolder.create(path));
    const plan = { name: "test", threshold: 2, epochMs: HOUR_MS, cost: { memoryKiB: 8, passes: 1 } };
    const folder = DirectoryFolder.create(place.path, { ...plan, witnesses: witnesses.map(({ member }) => member) });
    for (const witness of witnesses) witness.close();
    await folder.close();
    return place;
  }

  private constructor() {}

  account(name: string): AccountFile {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const made = createAccount(join(this.root, `${name}.account`));
    this.#accounts.set(name, made);
    return made;
  }

  /** Opens the directory, as a process of its own would. */
  async with<T>(action: (folder: DirectoryFolder) => T | Promise<T>, path: string = this.path): Promise<T> {
    const folder = DirectoryFolder.open(path);
    try {
      return await action(folder);
    } finally {
      await folder.close();
    }
  }

  register(label: string, owner: string = label): Promise<unknown> {
    return this.with((folder) => folder.register(this.account(owner), label, this.now));
  }

  /** Asks the first `count` witnesses for the next epoch, or the one under way. */
  publish(count = 2, path: string = this.path): Promise<Publication> {
    return this.publishWith(this.witnessPaths.slice(0, count), path);
  }

  publishWith(witnessPaths: readonly string[], path: string = this.path): Promise<Publication> {
    return this.with(async (folder) => {
      const witnesses = witnessPaths.map((witness) => WitnessFolder.open(witness));
      try {
        const published = await publish(folder, witnesses, this.now);
        this.now += HOUR_MS;
        return published;
      } finally {
        for (const witness of witnesses) witness.close();
      }
    }, path);
  }
}
