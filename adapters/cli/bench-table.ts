import type { FigureRow, FigureTable } from "../../reports/index.ts";
import type { DirectoryBench, Measurement } from "../bench/index.ts";

/** The size that the aims are for. */
const AIMED_AT = 1_000_000;

interface Row {
  /** As the benchmark calls it. */
  readonly key: string;
  readonly name: string;
  /** What it is to stay under at {@link AIMED_AT} labels: milliseconds, or bytes of a size. */
  readonly aim?: number;
}

/** The median and the 95th percentile of each. */
const TIMES: readonly { readonly heading: string; readonly rows: readonly Row[] }[] = [
  {
    heading: "registration",
    rows: [
      { key: "registration: client", name: "client: stretch the label, sign" },
      { key: "registration: directory", name: "directory: verify, 2 VRFs, stretch" },
    ],
  },
  {
    heading: "an epoch of 1,000 changes",
    rows: [
      { key: "epoch: VRF proofs", name: "VRF proofs, made as registrations come" },
      { key: "epoch: decided", name: "decided: tree, log, list, signature" },
      { key: "epoch: published", name: "decided and durable", aim: 2_000 },
      { key: "epoch: published, with VRF proofs", name: "the same with the VRF proofs" },
    ],
  },
  {
    heading: "cosigning, 5 of 7 witnesses",
    rows: [
      { key: "cosigning: one witness", name: "a witness: judge, sign" },
      { key: "cosigning: combined", name: "directory: verify 5 parts, combine" },
      { key: "cosigning: all", name: "all of it, one after the other" },
    ],
  },
  {
    heading: "proofs, made and verified",
    rows: [
      ...[1, 2, 3].flatMap((version) => madeAndVerified(`lookup, version ${version}`, 1, 5)),
      ...madeAndVerified("absence"),
      ...madeAndVerified("history of 1 version"),
      ...madeAndVerified("history of 16 versions"),
      ...madeAndVerified("succession over 1 epoch"),
      ...madeAndVerified("succession over 24 epochs"),
      ...madeAndVerified("succession over 999 epochs"),
      ...madeAndVerified("audit", undefined, undefined, "audit of 1,000 changes"),
      ...madeAndVerified("equivocation"),
    ],
  },
];

const SIZES: readonly Row[] = [
  ...[1, 2, 3].map((version) => ({
    key: `lookup, version ${version}`,
    name: `lookup, version ${version}`,
    aim: 3_000,
  })),
  ...[
    "absence",
    "history of 1 version",
    "history of 16 versions",
    "succession over 1 epoch",
    "succession over 24 epochs",
    "succession over 999 epochs",
    "equivocation",
  ].map((key) => ({ key, name: key })),
  { key: "audit", name: "audit of 1,000 changes" },
];

const NOTES: readonly string[] = [
  "Median / 95th percentile, on one core, native suite. Aims are for 1,000,000 labels, by the median.",
  "A log of 1,000 epochs, Argon2id with 64 MiB and 3 passes. The tree is filled with random leaves, since a million " +
    "labels would take their VRF proofs and their stretching; every label that is measured is real.",
  "A lookup proof is the capsule and the tree, as somebody new verifies them: VRF proofs, signatures and quorum " +
    "included; who knows an earlier head needs a succession too.",
];

function madeAndVerified(key: string, madeAim?: number, verifiedAim?: number, name = key): Row[] {
  return [
    { key: `${key}: made`, name: `${name}: made`, ...(madeAim === undefined ? {} : { aim: madeAim }) },
    { key: `${key}: verified`, name: `${name}: verified`, ...(verifiedAim === undefined ? {} : { aim: verifiedAim }) },
  ];
}

/** The figures of all sizes side by side. */
export function directoryTable(results: readonly DirectoryBench[]): FigureTable {
  const row = (
    { aim, name }: Row,
    cell: (result: DirectoryBench) => string,
    value: (result: DirectoryBench) => number | undefined,
    unit: (aim: number) => string,
  ): FigureRow => {
    const judged = results.find((result) => result.labels === AIMED_AT && result.storage === "sqlite");
    const found = judged === undefined ? undefined : value(judged);
    return {
      name,
      cells: results.map(cell),
      aim: aim === undefined ? "" : `< ${unit(aim)}`,
      met: aim === undefined || found === undefined ? undefined : found < aim,
    };
  };
  const times = TIMES.map(({ heading, rows }) => ({
    heading,
    rows: rows.map((each) =>
      row(
        each,
        ({ times: taken }) => pairOf(taken.get(each.key)),
        ({ times: taken }) => taken.get(each.key)?.median,
        (aim) => (aim < 1_000 ? `${aim} ms` : `${aim / 1_000} s`),
      ),
    ),
  }));
  const sizes = SIZES.map((each) =>
    row(
      each,
      ({ sizes: found }) => bytesOf(found.get(each.key)),
      ({ sizes: found }) => found.get(each.key),
      (aim) => bytesOf(aim),
    ),
  );
  return {
    title: "directory",
    columns: results.map(({ labels, storage }) => {
      const count = labels.toLocaleString("en-US");
      return storage === "memory" ? `${count} in memory` : `${count} labels`;
    }),
    blocks: [...times, { heading: "sizes", rows: sizes }],
    notes: NOTES,
  };
}

/** One line of JSON a figure. */
export function directoryLines({ labels, sizes, storage, times }: DirectoryBench): string[] {
  const all = TIMES.flatMap(({ rows }) => rows);
  const line = (name: string, aim: number | undefined, figures: object): string =>
    JSON.stringify({ benchmark: "directory", labels, storage, name, ...figures, aim });
  return [
    ...[...times].map(([name, { median, p95, repetitions }]) =>
      line(name, all.find(({ key }) => key === name)?.aim, { unit: "ms", median, p95, repetitions }),
    ),
    ...[...sizes].map(([name, size]) =>
      line(name, SIZES.find(({ key }) => key === name)?.aim, { unit: "bytes", median: size }),
    ),
  ];
}

/** `0.84 / 1.20 ms`, both in the unit of the larger. */
function pairOf(measured: Measurement | undefined): string {
  if (measured === undefined) return "";
  const { median, p95 } = measured;
  const seconds = p95 >= 1_000;
  const figure = (ms: number): string => {
    const value = seconds ? ms / 1_000 : ms;
    return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  };
  return `${figure(median)} / ${figure(p95)} ${seconds ? "s" : "ms"}`;
}

function bytesOf(count: number | undefined): string {
  return count === undefined ? "" : `${count.toLocaleString("en-US")} B`;
}
