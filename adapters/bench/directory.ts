import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishOne } from "./epochs.ts";
import { EPOCHS, Fixture } from "./fixture.ts";
import { type Measurement, Samples } from "./measure.ts";
import { Proofs, REAL_EPOCHS, REAL_LEAVES, registerReal } from "./proofs.ts";
import { MemoryIndex } from "./staging.ts";
import { SqliteIndex } from "../storage/index.ts";

export const STORAGES = ["sqlite", "memory"] as const;
export type StorageKind = (typeof STORAGES)[number];

export interface BenchOptions {
  /** Leaves of the tree that everything is measured over; at least {@link LABELS_MIN}. */
  readonly labels: number;
  readonly storage: StorageKind;
  /** Of each proof. */
  readonly rounds: number;
  readonly epochs: number;
}

export interface DirectoryBench {
  readonly labels: number;
  readonly storage: StorageKind;
  /** By name, in the order in which they were taken. */
  readonly times: ReadonlyMap<string, Measurement>;
  /** Bytes by name of the proof. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** The labels that are measured are real, and part of the tree. */
export const LABELS_MIN: number = REAL_LEAVES;

/** Fills a directory to a size, and measures what directories, witnesses and their clients do. */
export async function benchDirectory({ epochs, labels, rounds, storage }: BenchOptions): Promise<DirectoryBench> {
  const folder = mkdtempSync(join(tmpdir(), "chhaya-bench-"));
  const index = storage === "memory" ? new MemoryIndex() : SqliteIndex.open(folder);
  try {
    const fixture = new Fixture(index, "directory");
    await fixture.fill(labels - REAL_LEAVES, EPOCHS - REAL_EPOCHS);
    await registerReal(fixture);
    const samples = new Samples();
    const proofs = new Proofs(fixture);
    samples.take(proofs.tasks(), rounds);
    const sizes = new Map(proofs.sizes());
    for (let round = 0; round < epochs; round++) sizes.set("audit", await publishOne(fixture, samples, round));
    return { labels, storage, times: samples.summary(), sizes };
  } finally {
    await index.close();
    rmSync(folder, { recursive: true });
  }
}
