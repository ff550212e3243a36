import type { Command } from "commander";
import type { Check } from "../../control/index.ts";
import { demandHome, homeAt } from "../../home/index.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { interruption } from "./interruption.ts";
import { withService } from "./open-service.ts";
import { say, sayJson, styled } from "./output.ts";

const MARKS: Readonly<Record<Check["verdict"], string>> = {
  ok: styled("green", "✔"),
  warn: styled("yellow", "!"),
  fail: styled("red", "✘"),
};

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description(
      "look for what is wrong, line by line: clock, disk, keys, network, directories; exit 1 when something fails",
    );
  accountFlags(command).action(async (flags: AccountFlags) => {
    for await (const check of findings(flags)) {
      if (check.verdict === "fail") process.exitCode = 1;
      if (flags.json) sayJson(check);
      else say(checkLine(check));
    }
  });
}

/** What the node finds; where it cannot be asked, what can be seen from outside, and why. */
async function* findings(flags: AccountFlags): AsyncGenerator<Check> {
  const home = homeAt(flags.home);
  demandHome(home);
  try {
    const checks = await withService(flags, async (service) => {
      const found: Check[] = [];
      for await (const check of service.stream("doctor", {}, interruption())) found.push(check);
      return found;
    });
    yield* checks;
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== "ConfigError") throw failure;
    const { examineMachine } = await import("../../node/index.ts");
    yield* examineMachine(home, Date.now());
    yield {
      check: "configuration",
      verdict: "fail",
      says: failure.message,
      todo: "correct it: no node starts with it",
    };
  }
}

function checkLine({ check, says, todo, verdict }: Check): string {
  const line = `${MARKS[verdict]} ${check.padEnd(14)}  ${says}`;
  return todo === "" ? line : `${line}\n${" ".repeat(18)}→ ${todo}`;
}
