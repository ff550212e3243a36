import { spawn } from "node:child_process";
import { once } from "node:events";
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StorageLocked, takeLock } from "./lock.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chhaya-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const MODULE = JSON.stringify(new URL("./lock.ts", import.meta.url).href);

/** A process that takes the lock of `directory` and says whether it did; it lives until it is killed. */
async function locker(): Promise<{ said: string; kill(): Promise<void> }> {
  const program = `
    import { takeLock } from ${MODULE};
    try { takeLock(${JSON.stringify(directory)}); console.log("taken"); } catch ({ code }) { console.log(code); }
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return {
    said: said.toString().trim(),
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

test("is refused while held, by this process too, and free once given back", () => {
  const release = takeLock(directory);
  expect(() => takeLock(directory)).toThrow(StorageLocked);
  release();
  const again = takeLock(directory);
  expect(() => takeLock(directory)).toThrow(StorageLocked);
  again();
  expect(readdirSync(directory)).toEqual(["lock.2"]);
});

test("of a living process is respected, of a killed one taken over", async () => {
  const holder = await locker();
  expect(holder.said).toBe("taken");
  expect(() => takeLock(directory)).toThrow(StorageLocked);
  await holder.kill();
  takeLock(directory)();
});

test("of a killed process goes to one of many that want it at once", async () => {
  const holder = await locker();
  await holder.kill();
  const rivals = await Promise.all(Array.from({ length: 6 }, locker));
  await Promise.all(rivals.map(({ kill }) => kill()));
  expect(rivals.map(({ said }) => said).sort()).toEqual([...Array(5).fill("storage/locked"), "taken"]);
});

test("of a process id that another process has now is stale, where the system tells when a process started", (context) => {
  takeLock(directory);
  const holder = readFileSync(join(directory, "lock.1"), "utf8");
  const [pid, start, boot] = holder.split(" ");
  if (start === "-") context.skip();
  writeFileSync(join(directory, "lock.1"), `${pid} ${Number(start) - 1} ${boot}`);
  takeLock(directory)();
  writeFileSync(join(directory, "lock.2"), `${pid} ${start} another-boot`);
  takeLock(directory)();
  expect(readdirSync(directory)).toEqual(["lock.3"]);
});

test.each(["", "\0\0\0\0", "0 - -", "-1 - -", "nonsense"])("that names nobody, as %j, is free", (contents) => {
  writeFileSync(join(directory, "lock.7"), contents);
  takeLock(directory)();
  expect(readdirSync(directory)).toEqual(["lock.8"]);
});

test("of a lower number counts for nothing beside a higher", () => {
  const release = takeLock(directory);
  linkSync(join(directory, "lock.1"), join(directory, "lock.10"));
  writeFileSync(join(directory, "lock.2"), "");
  expect(() => takeLock(directory)).toThrow(StorageLocked);
  release();
});
