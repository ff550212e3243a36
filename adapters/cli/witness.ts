import { bytesToHex } from "@noble/hashes/utils.js";
import type { Command } from "commander";
import { toLine, WitnessFolder, witnessLine } from "../directory/index.ts";
import { timeOf } from "./phrases.ts";

export function addWitness(program: Command): void {
  const witness = program.command("witness").description("a witness of directories, in a folder of its own");
  witness
    .command("init")
    .description("make a witness, and print the line that a directory takes")
    .argument("<dir>", "a folder; it is created")
    .action((path: string) => withWitness(WitnessFolder.create(path), ({ member }) => [toLine(witnessLine, member)]));
  witness
    .command("show")
    .description("what it has signed last, of which log")
    .argument("<dir>", "its folder")
    .action((path: string) => withWitness(WitnessFolder.open(path), shown));
}

function withWitness(witness: WitnessFolder, linesOf: (witness: WitnessFolder) => readonly string[]): void {
  try {
    process.stdout.write(
      linesOf(witness)
        .map((line) => `${line}\n`)
        .join(""),
    );
  } finally {
    witness.close();
  }
}

function shown(witness: WitnessFolder): string[] {
  const records = witness.records();
  const lines = records.flatMap(({ log, record: { evidence, head, name } }) => [
    `log ${log} "${name}"`,
    evidence === undefined
      ? `  signed epoch ${head.epoch} of ${timeOf(head.time)}`
      : `  refused: its directory signed two heads of epoch ${evidence.a.epoch}`,
  ]);
  return [
    `witness ${bytesToHex(witness.key)}`,
    toLine(witnessLine, witness.member),
    ...(records.length === 0 ? ["nothing signed yet"] : lines),
  ];
}
