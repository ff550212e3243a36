import type { Completed } from "./completion.ts";

/** For bash 3 and newer: the words before the cursor that are commands lead to what may follow. */
export function bashScript(completed: readonly Completed[]): string {
  const cases = completed.map(
    ({ path, words }) => `    ${quote(path)}) words=${quote(words.map(({ word }) => word).join(" "))} ;;`,
  );
  return `# chhaya(1) completion for bash
_chhaya() {
  local path="" words="" i next
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${alternatives(completed)}) path="$next" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _chhaya chhaya
`;
}

export function zshScript(completed: readonly Completed[]): string {
  const cases = completed.map(({ path, words }) => {
    const described = words.map(({ says, word }) => quote(`${word.replaceAll(":", "\\:")}:${firstLine(says)}`));
    return `    ${quote(path)}) words_here=(${described.join(" ")}) ;;`;
  });
  return `#compdef chhaya
_chhaya() {
  local chain="" next i
  local -a words_here
  for ((i = 2; i < CURRENT; i++)); do
    next="\${chain:+$chain }\${words[i]}"
    case "$next" in
      ${alternatives(completed)}) chain="$next" ;;
    esac
  done
  case "$chain" in
${cases.join("\n")}
  esac
  _describe 'chhaya' words_here || _files
}
compdef _chhaya chhaya
`;
}

export function fishScript(completed: readonly Completed[]): string {
  const lines = completed.flatMap(({ path, words }) =>
    words.map(({ says, word }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c chhaya -n ${quote(`__chhaya_at ${path}`.trimEnd())} ${what} -d ${quote(firstLine(says))}`;
    }),
  );
  return `# chhaya(1) completion for fish
function __chhaya_at
  set -l chain
  for word in (commandline -opc)[2..]
    switch (string join ' ' $chain $word)
      case ${completed
        .map(({ path }) => path)
        .filter((path) => path !== "")
        .map(quote)
        .join(" ")}
        set chain $chain $word
    end
  end
  test "$chain" = "$argv"
end
${lines.join("\n")}
`;
}

/** Every path but the program's own, as a shell pattern. */
function alternatives(completed: readonly Completed[]): string {
  return completed.flatMap(({ path }) => (path === "" ? [] : [quote(path)])).join("|");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function firstLine(text: string): string {
  return (text.split(/[;\n]/u)[0] ?? "").replaceAll("\\", "").slice(0, 100);
}
