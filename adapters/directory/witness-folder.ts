import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { bytes, optional, secret, struct, text } from "../../core/codec/index.ts";
import { cosign, judgeHead, type WitnessCode, type WitnessMember } from "../../core/quorum/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { BLS_PUBLIC_BYTES, BLS_SEED_BYTES, BLS_SIGNATURE_BYTES } from "../../core/suite/index.ts";
import {
  type Equivocation,
  EQUIVOCATION_BYTES_MAX,
  equivocationCodec,
  headHash,
  SIGNED_HEAD_BYTES_MAX,
  type SignedHead,
  signedHeadCodec,
  type Succession,
} from "../../core/tlog/index.ts";
import { LOG_NAME_BYTES_MAX, type LogAnchor, logId } from "../../core/vkd/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { FolderError } from "./folder-error.ts";
import { demandOwn, type HandedWitness, takeOver } from "./handover.ts";
import { type Line, lineOf } from "./line.ts";
import { createLine, loadLine, lockFolder, makeFolder, saveLine } from "./state-file.ts";

/** What a witness gives to a directory that wants it: its key, and the proof that it holds it. */
export const witnessLine: Line<WitnessMember> = lineOf(
  "CHHAYAWITNESS1",
  "a witness",
  struct({ key: bytes(BLS_PUBLIC_BYTES), possession: bytes(BLS_SIGNATURE_BYTES) }),
  192,
);

const keyLine: Line<{ readonly seed: Secret }> = lineOf(
  "CHHAYAWITNESSKEY1",
  "a witness key",
  struct({ seed: secret(BLS_SEED_BYTES) }),
  64,
);

/** What a witness remembers of a log. */
export interface WitnessedHead {
  /** What the log's directory calls it, as its anchor said first. */
  readonly name: string;
  /** The last head that was made durable, to be cosigned. */
  readonly head: SignedHead;
  /** Two heads of one epoch: nothing of this log is cosigned again. */
  readonly evidence: Equivocation | undefined;
}

const recordLine: Line<WitnessedHead> = lineOf(
  "CHHAYACOSIGNED1",
  "what a witness signed",
  struct({ name: text(LOG_NAME_BYTES_MAX), head: signedHeadCodec, evidence: optional(equivocationCodec) }),
  LOG_NAME_BYTES_MAX + SIGNED_HEAD_BYTES_MAX + EQUIVOCATION_BYTES_MAX + 16,
);

export type WitnessAnswer =
  | { readonly kind: "cosigned"; /** BLS, 96 bytes. */ readonly part: Uint8Array }
  | { readonly kind: "conflict"; readonly evidence: Equivocation }
  | { readonly kind: "refused"; readonly code: WitnessCode };

/** A witness in a folder: `key`, and under `logs` what it signed last of each log. One process at a time has it open. */
export class WitnessFolder {
  readonly path: string;
  /** BLS public key, 48 bytes. */
  readonly key: Uint8Array;
  readonly #seed: Secret;
  readonly #release: () => void;

  /** Makes a witness with a new key in a folder that has none. */
  static create(path: string): WitnessFolder {
    makeFolder(path);
    createLine(keyLine, keyFile(path), { seed: new Secret(systemRandom.bytes(BLS_SEED_BYTES)) });
    return WitnessFolder.open(path);
  }

  static open(path: string): WitnessFolder {
    demandOwn(path);
    return WitnessFolder.#open(path);
  }

  /** The key of a witness that has signed nothing yet, for the node of this id, which is the witness from now on. */
  static handOver(path: string, owner: Uint8Array): HandedWitness {
    const witness = WitnessFolder.#open(path);
    try {
      takeOver(path, owner, witness.records().length > 0);
    } catch (failure) {
      witness.close();
      throw failure;
    }
    return { seed: witness.#seed, key: witness.key, release: () => witness.close() };
  }

  static #open(path: string): WitnessFolder {
    const key = loadLine(keyLine, keyFile(path));
    if (key === undefined)
      throw new FolderError(`there is no witness in ${path}; "chhaya witness init ${path}" makes one`);
    makeFolder(join(path, "logs"));
    return new WitnessFolder(path, key.seed, lockFolder(path));
  }

  private constructor(path: string, seed: Secret, release: () => void) {
    this.path = path;
    this.#seed = seed;
    this.#release = release;
    this.key = nativeSuite.blsPublic(seed);
  }

  get member(): WitnessMember {
    return { key: this.key, possession: nativeSuite.blsProvePossession(this.#seed) };
  }

  close(): void {
    this.#seed.wipe();
    this.#release();
  }

  /** By log id in hexadecimal, ascending. */
  records(): readonly { readonly log: string; readonly record: WitnessedHead }[] {
    return readdirSync(join(this.path, "logs"))
      .filter((name) => /^[0-9a-f]{64}$/u.test(name))
      .sort()
      .flatMap((log) => {
        const record = loadLine(recordLine, this.#recordFile(log));
        return record === undefined ? [] : [{ log, record }];
      });
  }

  /** The last head that it signed of the log; undefined when the log is new to it. */
  last(log: Uint8Array): SignedHead | undefined {
    return this.#record(log)?.head;
  }

  /** Judges the head, makes it durable, and only then signs. `now` in milliseconds. */
  cosign(anchor: LogAnchor, head: SignedHead, succession: Succession | undefined, now: number): WitnessAnswer {
    const log = logId(nativeSuite, anchor);
    const record = this.#record(log);
    if (record?.evidence !== undefined) return { kind: "conflict", evidence: record.evidence };
    const judged = judgeHead(nativeSuite, { id: log, key: anchor.key }, record?.head, head, succession, now);
    if (judged.kind === "refuse") return { kind: "refused", code: judged.code };
    const name = record?.name ?? anchor.name;
    if (judged.kind === "conflict") {
      this.#save(log, { name, head: record?.head ?? head, evidence: judged.evidence });
      return judged;
    }
    this.#save(log, { name, head: judged.head, evidence: undefined });
    return { kind: "cosigned", part: cosign(nativeSuite, this.#seed, headHash(nativeSuite, judged.head)) };
  }

  #record(log: Uint8Array): WitnessedHead | undefined {
    return loadLine(recordLine, this.#recordFile(bytesToHex(log)));
  }

  #save(log: Uint8Array, record: WitnessedHead): void {
    saveLine(recordLine, this.#recordFile(bytesToHex(log)), record);
  }

  #recordFile(log: string): string {
    return join(this.path, "logs", log);
  }
}

function keyFile(path: string): string {
  return join(path, "key");
}
