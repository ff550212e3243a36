// The program that the kill test kills: writes one batch after the other, and says which are acknowledged.
import { writeSync } from "node:fs";
import { KEYS_PER_BATCH, keyOf, valueOf } from "./index-batches.testing.ts";
import { SqliteIndex } from "./sqlite-index.ts";

const [directory = "", first = ""] = process.argv.slice(2);
const index = SqliteIndex.open(directory);

function write(mark: number): void {
  const writes = Array.from({ length: KEYS_PER_BATCH }, (_, at) => ({ key: keyOf(at), value: valueOf(mark, at) }));
  index.write(writes, (failure) => {
    if (failure !== undefined) throw failure;
    // At once and whole: what was said before the kill is in the pipe.
    writeSync(1, `${mark}\n`);
    write(mark + 1);
  });
}

write(Number(first));
