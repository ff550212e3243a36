import { readFileSync } from "node:fs";
import type { ReadStream } from "node:tty";
import { Secret } from "../../../core/safety/index.ts";
import { UsageError } from "../usage.ts";

const PASSPHRASE_BYTES_MAX = 1_024;
/** What Argon2id cannot make up for. */
const NEW_PASSPHRASE_CHARS_MIN = 8;

const ENTER = new Set(["\r", "\n", "\x04"]);
const ERASE = new Set(["\x7f", "\b"]);
const INTERRUPT = "\x03";

/** The passphrase of an account: from the file that was named, or asked for where somebody can answer. */
export async function passphraseOf(file: string | undefined, question = "Passphrase: "): Promise<Secret> {
  return file === undefined ? await prompt(question) : fromFile(file);
}

/** One for something new: from the file, or asked for twice. */
export async function newPassphrase(file: string | undefined, of: string): Promise<Secret> {
  const chosen = file === undefined ? await promptTwice(of) : fromFile(file);
  if ([...new TextDecoder().decode(chosen.expose())].length >= NEW_PASSPHRASE_CHARS_MIN) return chosen;
  chosen.wipe();
  throw new UsageError(
    `a passphrase has at least ${NEW_PASSPHRASE_CHARS_MIN} characters; several random words are good ones`,
  );
}

function fromFile(file: string): Secret {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (failure) {
    const code = failure instanceof Error && "code" in failure ? String(failure.code) : "unknown";
    throw new UsageError(`cannot read the passphrase in ${file}: ${code}`);
  }
  const [line = ""] = text.split(/\r?\n/u);
  return secretOf(line, `the first line of ${file}`);
}

function secretOf(line: string, what: string): Secret {
  const bytes = new TextEncoder().encode(line.normalize("NFC"));
  if (bytes.length === 0) throw new UsageError(`${what} is empty`);
  if (bytes.length > PASSPHRASE_BYTES_MAX) throw new UsageError(`${what} is longer than ${PASSPHRASE_BYTES_MAX} bytes`);
  return new Secret(bytes);
}

async function promptTwice(of: string): Promise<Secret> {
  const first = await prompt(`New passphrase of ${of}: `);
  const second = await prompt("The same again: ");
  const same = Buffer.from(first.expose()).equals(second.expose());
  second.wipe();
  if (same) return first;
  first.wipe();
  throw new UsageError("the two passphrases differ");
}

/** Reads a line from the terminal without showing it. */
async function prompt(question: string): Promise<Secret> {
  const { stderr, stdin } = process;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new UsageError(
      "the passphrase is asked for on a terminal only: elsewhere use --passphrase-file or CHHAYA_PASSPHRASE_FILE",
    );
  }
  stderr.write(question);
  try {
    return secretOf(await hiddenLine(stdin), "the passphrase");
  } finally {
    stderr.write("\n");
  }
}

/** Exported for its test. */
export function hiddenLine(stdin: Pick<ReadStream, "setRawMode" | "on" | "off" | "resume" | "pause">): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const done = (act: () => void): void => {
      stdin.off("data", read);
      stdin.setRawMode(false);
      stdin.pause();
      act();
    };
    const read = (chunk: Buffer): void => {
      for (const character of chunk.toString("utf8")) {
        if (ENTER.has(character)) return done(() => resolve(typed.join("")));
        if (character === INTERRUPT) return done(() => reject(new UsageError("interrupted")));
        if (ERASE.has(character)) typed = typed.slice(0, -1);
        else if (typed.length < PASSPHRASE_BYTES_MAX) typed.push(character);
      }
    };
    stdin.setRawMode(true);
    stdin.on("data", read);
    stdin.resume();
  });
}
