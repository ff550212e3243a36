import { linkSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";

/** Another storage, of this process or of a living one, has the directory open. */
export class StorageLocked extends Error {
  override readonly name = "StorageLocked";
  readonly code = "storage/locked";
}

const LOCK = /^lock\.([1-9]\d{0,14})$/;

/**
 * Takes the directory for this process and returns what gives it back. Throws {@link StorageLocked}.
 *
 * The lock is the file `lock.<n>` of the highest n, and names its holder. A file that names nobody alive is not
 * removed, which two successors might do one after the other, the second removing the lock of the first: the
 * successor creates `lock.<n+1>`, which only one can. It appears at once with its contents, by a hard link. Whoever
 * was so slow that its number had come and gone sees a higher one afterwards, since the highest is never removed.
 * The holder is looked for by process id: processes of other machines or containers that share the directory are not seen.
 */
export function takeLock(directory: string): () => void {
  for (;;) {
    const last = numbers(directory).at(-1) ?? 0;
    if (last > 0 && isAlive(readLock(join(directory, `lock.${last}`)))) {
      throw new StorageLocked("the directory is in use");
    }
    const mine = last + 1;
    const file = join(directory, `lock.${mine}`);
    if (!create(directory, file)) continue;
    const all = numbers(directory);
    if (all.at(-1) !== mine) {
      rmSync(file, { force: true });
      continue;
    }
    for (const number of all) if (number < mine) rmSync(join(directory, `lock.${number}`), { force: true });
    return () => truncateSync(file);
  }
}

function numbers(directory: string): number[] {
  return readdirSync(directory)
    .flatMap((name) => LOCK.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** False when somebody else was faster. */
function create(directory: string, file: string): boolean {
  const draft = join(directory, `lock.${randomUUID()}.new`);
  writeFileSync(draft, holderOf(process.pid), { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, file);
    return true;
  } catch (failure) {
    // ENOENT: a holder that came first took the draft for a dead process's and removed it.
    if (codeOf(failure) === "EEXIST" || codeOf(failure) === "ENOENT") return false;
    throw failure;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Empty when nobody holds it, or its successor removed it meanwhile. */
function readLock(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (failure) {
    if (codeOf(failure) === "ENOENT") return "";
    throw failure;
  }
}

function isAlive(holder: string): boolean {
  const pid = Number(/^(\d{1,10}) /.exec(holder)?.[1] ?? 0);
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (failure) {
    // EPERM: it lives, as somebody else's.
    if (codeOf(failure) === "ESRCH") return false;
  }
  return holderOf(pid) === holder;
}

/** `pid start boot`: ids are used again, soon in a container; where /proc tells, start and boot make them unique. */
function holderOf(pid: number): string {
  return `${pid} ${startOf(pid)} ${procFile("sys/kernel/random/boot_id").trim() || "-"}`;
}

/** When the process started, in ticks since the boot; proc(5), /proc/pid/stat, field 22. A zombie (field 3) has ended. */
function startOf(pid: number): string {
  const stat = procFile(`${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "-");
}

function procFile(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && "code" in failure ? failure.code : undefined;
}
