import { styleText } from "node:util";
import type { MessageItem, NoticeItem } from "../../control/index.ts";
import { terminal } from "../terminal.ts";

type Style = Parameters<typeof styleText>[0];

/** One line, or several, on standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON object on a line of standard output. */
export function sayJson(value: object): void {
  say(JSON.stringify(value));
}

/** Coloured only where somebody sees it. */
export function styled(style: Style, text: string): string {
  return terminal(process.stdout).color ? styleText(style, text, { validateStream: false }) : text;
}

/**
 * Text that others wrote, safe on a terminal: what would move the cursor, change colours, turn the direction of
 * writing or hide is shown as its code. Lines stay lines.
 */
export function printable(text: string): string {
  return text.replaceAll(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** A name on one line. */
export function printableName(text: string): string {
  return printable(text).replaceAll(/[\n\t]/gu, " ");
}

/** `2026-01-31 23:59`, in the local time zone. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const STATES: Readonly<Record<MessageItem["state"], string>> = {
  received: "",
  offered: "waiting",
  queued: "waiting",
  delivered: "delivered",
  failed: "not delivered",
  damaged: "damaged on the disk",
};

/** A message for people: one line, and more of them indented below. */
export function messageLines(message: MessageItem): string {
  const { at, contact, direction, provisional, state } = message;
  const who = direction === "in" ? printableName(contact) : `to ${printableName(contact)}`;
  const remark = provisional ? "author not proven yet" : STATES[state];
  const head = `${styled("dim", localTime(at))}  ${styled(direction === "in" ? "cyan" : "green", `${who}:`)} `;
  const body = textOf(message) ?? `(${Buffer.from(message.body, "base64").length} bytes that are no text)`;
  const [first = "", ...rest] = printable(body.replace(/\s+$/u, "")).split("\n");
  const tail = remark === "" ? "" : styled(state === "failed" ? "red" : "dim", `  (${remark})`);
  return [
    `${head}${first}${rest.length === 0 ? tail : ""}`,
    ...rest.map((line, i) => `    ${line}${i === rest.length - 1 ? tail : ""}`),
  ].join("\n");
}

/** A message as JSON: its text, or its bytes where they are none. */
export function messageJson(message: MessageItem): object {
  const { body, ...rest } = message;
  const text = textOf(message);
  return text === undefined ? { ...rest, base64: body } : { ...rest, text };
}

export function noticeLines({ at, grave, text }: NoticeItem): string {
  const mark = grave ? styled(["bold", "red"], "!") : styled("yellow", "*");
  return `${mark} ${styled("dim", localTime(at))}  ${printable(text)}`;
}

function textOf({ body }: MessageItem): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(body, "base64"));
  } catch {
    return undefined;
  }
}
