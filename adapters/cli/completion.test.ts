import { spawnSync } from "node:child_process";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addAll, addListed, catalogue } from "./catalogue.ts";
import { completions } from "./completion.ts";
import { bashScript, fishScript, zshScript } from "./completion-script.ts";

function pathsOf(command: Command, path: readonly string[] = []): string[] {
  return command.commands.flatMap((each) => [
    [...path, each.name()].join(" "),
    ...pathsOf(each, [...path, each.name()]),
  ]);
}

describe("the catalogue", () => {
  test("names every command as it is, and the first help shows them all", async () => {
    const [whole, first] = [new Command("chhaya"), new Command("chhaya")];
    await addAll(whole);
    await addListed(first, []);
    const names = catalogue.map(({ name }) => name);
    expect(whole.commands.map((each) => each.name())).toEqual(names);
    expect(first.commands.map((each) => each.name())).toEqual(names);
    for (const command of whole.commands) expect(command.description()).not.toBe("");
  });

  test("loads the one command that is called", async () => {
    for (const words of [
      ["contacts", "list"],
      ["help", "contacts"],
      ["--home", "contacts"],
    ]) {
      const program = new Command("chhaya");
      await addListed(program, words);
      expect(pathsOf(program).filter((path) => path.startsWith("contacts "))).toHaveLength(4);
      expect(pathsOf(program).filter((path) => path.startsWith("label "))).toHaveLength(0);
    }
  });
});

describe("completion", () => {
  test("lists every command and every option", async () => {
    const program = new Command("chhaya");
    await addAll(program);
    const completed = await completions();
    expect(completed.map(({ path }) => path)).toEqual(["", ...pathsOf(program)]);
    for (const script of [bashScript, zshScript, fishScript]) {
      const text = script(completed);
      for (const { path, words } of completed) {
        if (path !== "") expect(text).toContain(`'${path}'`);
        for (const { word } of words) expect(text).toContain(word.replace(/^--/u, ""));
      }
    }
  });

  test("completes in bash what was begun", async () => {
    const script = bashScript(await completions());
    const complete = (...words: string[]): string[] => {
      const quoted = words.map((word) => `'${word}'`).join(" ");
      const asked = `${script}\nCOMP_WORDS=(chhaya ${quoted}); COMP_CWORD=${words.length}; _chhaya; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { status, stderr, stdout } = spawnSync("bash", ["--norc", "-c", asked], { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
      return stdout.split("\n").filter((line) => line !== "");
    };
    expect(complete("con")).toEqual(["contacts"]);
    expect(complete("contacts", "")).toEqual(expect.arrayContaining(["add", "list", "verify", "remove"]));
    expect(complete("contacts", "verify", "bob", "--con")).toEqual(["--confirm"]);
    expect(complete("send", "bob", "--w")).toEqual(["--wait"]);
  });
});
