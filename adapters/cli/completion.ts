import { Argument, Command } from "commander";
import { addAll } from "./catalogue.ts";
import { bashScript, fishScript, zshScript } from "./completion-script.ts";
import { UsageError } from "./usage.ts";

const SCRIPTS: Readonly<Record<string, (words: readonly Completed[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** What may follow a command: its subcommands and options. */
export interface Completed {
  /** From the program on, such as "contacts add"; empty for the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly says: string }[];
}

export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description('print a completion script: source <(chhaya completion bash), or "chhaya completion fish | source"')
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SCRIPTS)))
    .action(async (shell: string) => {
      const script = SCRIPTS[shell];
      if (script === undefined) throw new UsageError(`there is no completion for "${shell}"`);
      process.stdout.write(script(await completions()));
    });
}

/** Of the whole program, from its own description: nothing is listed twice. */
export async function completions(): Promise<readonly Completed[]> {
  const program = new Command("chhaya");
  await addAll(program);
  return walk(program, []);
}

function walk(command: Command, path: readonly string[]): Completed[] {
  const { options: visible } = { options: command.createHelp().visibleOptions(command) };
  const subcommands = command.commands.map((each) => ({
    word: each.name(),
    says: each.summary() || each.description(),
  }));
  const options = visible.flatMap(({ description, long }) =>
    long === undefined ? [] : [{ word: long, says: description }],
  );
  return [
    { path: path.join(" "), words: [...subcommands, ...options] },
    ...command.commands.flatMap((each) => walk(each, [...path, each.name()])),
  ];
}
