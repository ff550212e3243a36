import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hiddenLine, newPassphrase, passphraseOf } from "./passphrase.ts";

function file(contents: string): string {
  const folder = mkdtempSync(join(tmpdir(), "chhaya-passphrase-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "p"), contents);
  return join(folder, "p");
}

class Keyboard extends EventEmitter {
  raw: boolean[] = [];
  setRawMode(mode: boolean): this {
    this.raw.push(mode);
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
}

async function typed(...chunks: string[]): Promise<string> {
  const keyboard = new Keyboard();
  const line = hiddenLine(keyboard as never);
  for (const chunk of chunks) keyboard.emit("data", Buffer.from(chunk));
  const text = await line;
  expect(keyboard.raw).toEqual([true, false]);
  expect(keyboard.listenerCount("data")).toBe(0);
  return text;
}

describe("a passphrase", () => {
  test("is the first line of a file", async () => {
    for (const contents of ["correct horse", "correct horse\n", "correct horse\r\nmore\n"]) {
      expect(new TextDecoder().decode((await passphraseOf(file(contents))).expose())).toBe("correct horse");
    }
    await expect(passphraseOf(file("\nsecond"))).rejects.toThrow("is empty");
    await expect(passphraseOf("/nowhere")).rejects.toThrow("cannot read the passphrase in /nowhere: ENOENT");
    await expect(passphraseOf(file("a".repeat(1_025)))).rejects.toThrow("longer than 1024 bytes");
  });

  test("is the same however its letters were composed", async () => {
    const [composed, decomposed] = [await passphraseOf(file("sch\u00f6n")), await passphraseOf(file("scho\u0308n"))];
    expect(composed.expose()).toEqual(decomposed.expose());
  });

  test("that is new is not too short", async () => {
    await expect(newPassphrase(file("sieben7"), "x")).rejects.toThrow("at least 8 characters");
    expect((await newPassphrase(file("eight ch"), "x")).length).toBe(8);
  });

  test("is asked for on a terminal only", async () => {
    await expect(passphraseOf(undefined)).rejects.toThrow("--passphrase-file or CHHAYA_PASSPHRASE_FILE");
  });

  test("is typed without being shown, and can be corrected", async () => {
    expect(await typed("corect\x7f\x7f\x7frect", " horse\r")).toBe("correct horse");
    expect(await typed("schön\n")).toBe("schön");
    expect(await typed("ab\x04")).toBe("ab");
    await expect(typed("ab\x03")).rejects.toThrow("interrupted");
  });
});
