import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { secret, struct } from "../../core/codec/index.ts";
import { cardToBytes } from "../../core/identity/index.ts";
import { enrol, type EnrolCode, type WitnessMember } from "../../core/quorum/index.ts";
import { Secret, wipeAll } from "../../core/safety/index.ts";
import {
  ED25519_SEED_BYTES,
  STRETCH_KIB_MAX,
  STRETCH_PASSES_MAX,
  type StretchCost,
  VRF_SEED_BYTES,
} from "../../core/suite/index.ts";
import {
  EPOCH_MS_MAX,
  type IndexReader,
  type IndexWrite,
  isLabel,
  LOG_NAME_BYTES_MAX,
  type LogAnchor,
  register,
  type Registration,
  REGISTRATION_BYTES_MAX,
  registrationCodec,
  Registry,
  type RegistryKeys,
} from "../../core/vkd/index.ts";
import { SqliteIndex } from "../storage/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { type AccountFile, cardOf } from "./account-file.ts";
import { anchorLine, loadAnchor } from "./anchor-line.ts";
import { asDamage, FolderError } from "./folder-error.ts";
import { demandOwn, type HandedDirectory, takeOver } from "./handover.ts";
import { type Line, lineOf } from "./line.ts";
import { createLine, loadLine, lockFolder, makeFolder, removeFile, saveLine } from "./state-file.ts";

/** Registrations that wait for one epoch, so that one proof audits it. */
export const PENDING_MAX = 4_096;
const SALTS_BYTES = 32;

const keysLine: Line<RegistryKeys> = lineOf(
  "CHHAYALOGKEYS1",
  "the keys of a directory",
  struct({ signing: secret(ED25519_SEED_BYTES), vrf: secret(VRF_SEED_BYTES), salts: secret(SALTS_BYTES) }),
  128,
);

const registrationLine: Line<Registration> = lineOf(
  "CHHAYAREGISTRATION1",
  "a registration",
  registrationCodec,
  REGISTRATION_BYTES_MAX,
);

/** What an operator chooses about a log, for good. */
export interface DirectoryPlan {
  readonly name: string;
  readonly witnesses: readonly WitnessMember[];
  readonly threshold: number;
  readonly epochMs: number;
  readonly cost: StretchCost;
}

const ENROL_EXPLAINED: Readonly<Record<EnrolCode, string>> = {
  "quorum/size": "a log has from 1 to 64 witnesses",
  "quorum/threshold": "the threshold is from 1 to the number of witnesses",
  "quorum/order": "a witness is named twice",
  "quorum/possession": "a witness does not prove that it holds its key",
};

/**
 * A directory in a folder: `anchor`, `keys`, the index, under `pending` the registrations that wait for an epoch, and
 * `decision` while one is under way. One process at a time has it open.
 */
export class DirectoryFolder {
  readonly path: string;
  readonly anchor: LogAnchor;
  readonly registry: Registry;
  readonly #keys: RegistryKeys;
  readonly #index: SqliteIndex;
  readonly #release: () => void;

  /** Makes a directory of an empty log. The anchor is written last: without it, this can be done again. */
  static create(path: string, plan: DirectoryPlan): DirectoryFolder {
    demandPlan(plan);
    const witnesses = enrol(nativeSuite, plan.witnesses, plan.threshold);
    if (!witnesses.ok) throw new FolderError(ENROL_EXPLAINED[witnesses.error]);
    makeFolder(join(path, "pending"));
    const file = join(path, "keys");
    const keys = loadLine(keysLine, file) ?? makeKeys(file);
    const anchor: LogAnchor = {
      name: plan.name,
      key: nativeSuite.ed25519Public(keys.signing),
      vrf: nativeSuite.vrfPublic(keys.vrf),
      witnesses: witnesses.value,
      cost: plan.cost,
      epochMs: plan.epochMs,
    };
    createLine(anchorLine, anchorFile(path), anchor);
    return DirectoryFolder.open(path);
  }

  static open(path: string): DirectoryFolder {
    demandOwn(path);
    return DirectoryFolder.#open(path);
  }

  /**
   * The keys of a directory that has nothing registered yet, for the node of this id, which is the directory from now
   * on and keeps its tree itself.
   */
  static async handOver(path: string, owner: Uint8Array): Promise<HandedDirectory> {
    const folder = DirectoryFolder.#open(path);
    const { anchor } = folder;
    try {
      takeOver(path, owner, folder.registry.labels > 0 || folder.registry.replica.epoch > 0 || folder.isDecided);
    } catch (failure) {
      await folder.close();
      throw failure;
    }
    await folder.#index.close();
    const keys = folder.#keys;
    return {
      anchor,
      keys,
      release: () => {
        wipeAll([keys.signing, keys.vrf, keys.salts]);
        folder.#release();
      },
    };
  }

  static #open(path: string): DirectoryFolder {
    const anchor = loadAnchor(anchorFile(path));
    const keys = loadLine(keysLine, join(path, "keys"));
    if (keys === undefined) throw new FolderError(`the keys of the directory are missing from ${path}`);
    const release = lockFolder(path);
    try {
      return new DirectoryFolder(path, anchor, keys, SqliteIndex.open(path), release);
    } catch (failure) {
      release();
      throw asDamage(path, failure);
    }
  }

  private constructor(path: string, anchor: LogAnchor, keys: RegistryKeys, index: SqliteIndex, release: () => void) {
    this.path = path;
    this.anchor = anchor;
    this.registry = new Registry(nativeSuite, anchor, keys, index);
    this.#keys = keys;
    this.#index = index;
    this.#release = release;
  }

  /** An epoch is signed, and perhaps not published yet. */
  get isDecided(): boolean {
    return existsSync(decisionFile(this.path));
  }

  get index(): IndexReader {
    return this.#index;
  }

  async close(): Promise<void> {
    wipeAll([this.#keys.signing, this.#keys.vrf, this.#keys.salts]);
    await this.#index.close();
    this.#release();
  }

  /** Resolves once all of it is durable. */
  write(writes: readonly IndexWrite[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#index.write(writes, (failure) => {
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  /** A registry of this directory over another view of its index. */
  registryOver(index: IndexReader): Registry {
    return new Registry(nativeSuite, this.anchor, this.#keys, index);
  }

  /** Registrations that wait for an epoch, by label. */
  pending(): readonly Registration[] {
    return readdirSync(join(this.path, "pending"))
      .filter((label) => isLabel(label))
      .sort()
      .flatMap((label) => this.pendingOf(label) ?? []);
  }

  /** Undefined also for one that an epoch holds already: a crash kept it from being removed. */
  pendingOf(label: string): Registration | undefined {
    const registration = loadLine(registrationLine, this.#pendingFile(label));
    return registration !== undefined && registration.version > this.registry.latest(label) ? registration : undefined;
  }

  /** Throws when no version of the label can be taken before the next epoch. */
  demandFree(label: string): void {
    demandLabel(label);
    if (this.pendingOf(label) !== undefined) {
      throw new FolderError(`"${label}" waits for the next epoch already; publish that first`);
    }
    if (this.pending().length >= PENDING_MAX)
      throw new FolderError("too many registrations wait; publish an epoch first");
  }

  /** Registers the next version of the label with the account's card, for the next epoch; durable when it resolves. */
  async register(file: AccountFile, label: string, now: number): Promise<Registration> {
    this.demandFree(label);
    const { registry } = this;
    const version = registry.latest(label) + 1;
    const registration = register(nativeSuite, file.account, {
      log: registry.log,
      label,
      version,
      card: cardToBytes(cardOf(file, label)),
      lineage: registry.registration(label, version - 1)?.lineage ?? [],
      issued: now,
    });
    const judged = registry.judge(registration);
    if (!judged.ok) {
      const why =
        judged.error === "directory/label-taken" ? "it belongs to another account" : "the directory refuses it";
      throw new FolderError(`"${label}" is not registered: ${why} (${judged.error})`);
    }
    await this.write(registry.prepare(label, version));
    saveLine(registrationLine, this.#pendingFile(label), registration);
    return registration;
  }

  /** Removes what an epoch holds already; what was registered since then stays. */
  removeStale(label: string): void {
    if (this.pendingOf(label) === undefined) removeFile(this.#pendingFile(label));
  }

  #pendingFile(label: string): string {
    return join(this.path, "pending", label);
  }
}

export function demandLabel(label: string): void {
  if (isLabel(label)) return;
  throw new FolderError(`"${label}" is no label: from 1 to 64 of a-z 0-9 . _ @ + -, a letter or digit at both ends`);
}

/** What the codec of an anchor would refuse. */
function demandPlan({ cost, epochMs, name }: DirectoryPlan): void {
  const { length } = Buffer.from(name);
  if (length === 0 || length > LOG_NAME_BYTES_MAX || !name.isWellFormed()) {
    throw new FolderError(`the name of a log has from 1 to ${LOG_NAME_BYTES_MAX} bytes`);
  }
  if (epochMs > EPOCH_MS_MAX) throw new FolderError(`an epoch takes at most ${EPOCH_MS_MAX} ms`);
  if (cost.memoryKiB > STRETCH_KIB_MAX) throw new FolderError(`a guess takes at most ${STRETCH_KIB_MAX} KiB`);
  if (cost.passes > STRETCH_PASSES_MAX) throw new FolderError(`a guess takes at most ${STRETCH_PASSES_MAX} passes`);
}

function makeKeys(file: string): RegistryKeys {
  const fresh = (length: number): Secret => new Secret(systemRandom.bytes(length));
  const keys = { signing: fresh(ED25519_SEED_BYTES), vrf: fresh(VRF_SEED_BYTES), salts: fresh(SALTS_BYTES) };
  createLine(keysLine, file, keys);
  return keys;
}

function anchorFile(path: string): string {
  return join(path, "anchor");
}

/** Where an epoch is kept while it is under way. */
export function decisionFile(path: string): string {
  return join(path, "decision");
}
