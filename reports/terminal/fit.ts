/** Text that may go on a terminal: no escape sequences or other control characters, on one line. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "");
}

/** Columns that printable `text` takes: two for East Asian wide characters and emoji, none for combining marks. */
export function columns(text: string): number {
  let total = 0;
  for (const character of text) total += columnsOf(character);
  return total;
}

/** The longest start of `text` that fits `width` columns, its end marked with `…` if anything was cut. */
export function clip(text: string, width: number): string {
  if (columns(text) <= width) return text;
  return width < 1 ? "" : `${take(text, width - 1)}…`;
}

/** `text` clipped and padded with spaces to exactly `width` columns. */
export function pad(text: string, width: number, side: "left" | "right"): string {
  const clipped = clip(text, width);
  const space = " ".repeat(Math.max(0, width - columns(clipped)));
  return side === "left" ? clipped + space : space + clipped;
}

/** Lines of at most `width` (at least 2) columns, broken at spaces, and inside a word only where it is too long. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(2, width);
  const lines: string[] = [];
  let rest = text;
  while (columns(rest) > room) {
    const head = take(rest, room);
    const space = rest[head.length] === " " ? head.length : head.lastIndexOf(" ");
    lines.push(rest.slice(0, space > 0 ? space : head.length));
    rest = rest.slice(space > 0 ? space + 1 : head.length);
  }
  return [...lines, rest];
}

function take(text: string, width: number): string {
  let used = 0;
  let taken = "";
  for (const character of text) {
    used += columnsOf(character);
    if (used > width) break;
    taken += character;
  }
  return taken;
}

function columnsOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60]/u.test(
    character,
  )
    ? 2
    : 1;
}
