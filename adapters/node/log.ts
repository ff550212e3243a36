import type { EngineEvent } from "../../core/node/index.ts";

/** What may stand beside a message in the log: never contents, names, labels, accounts, devices, peers or addresses. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type LogLevel = "debug" | "info" | "warn" | "error";

/** The log of a node. Who reads it learns what the node does, and not with whom. */
export interface NodeLog {
  write(level: LogLevel, message: string, fields?: LogFields): void;
}

export const silentLog: NodeLog = { write() {} };

/** Onto a stream: a JSON object a line, or short lines where somebody watches. */
export async function openLog(
  level: LogLevel | "silent",
  stream: NodeJS.WritableStream,
  forPeople: boolean,
): Promise<NodeLog> {
  // No command but the node's waits for it to load.
  const { pino } = await import("pino");
  const sink = forPeople ? { write: (line: string) => stream.write(pretty(line)) } : stream;
  const logger = pino(
    {
      level,
      // Not the host's name either.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return { write: (at, message, fields = {}) => logger[at](fields, message) };
}

/**
 * What is said of a failure: its kind, its code and where in the code it was. Not its message, which may quote an
 * address, or what a peer or the user wrote.
 */
export function failureFields(failure: unknown): LogFields {
  if (!(failure instanceof Error)) return { error: typeof failure };
  const code = "code" in failure && typeof failure.code === "string" ? failure.code : undefined;
  const cause = failure.cause instanceof Error ? failure.cause : undefined;
  const causeCode = cause !== undefined && "code" in cause && typeof cause.code === "string" ? cause.code : cause?.name;
  const frames = (failure.stack ?? "").split("\n").filter((line) => /^\s+at /u.test(line));
  return {
    error: failure.name,
    code,
    cause: causeCode,
    at: frames
      .slice(0, 8)
      .map((line) => line.trim())
      .join(" < "),
  };
}

/** An event of the engine, as far as a log may know of it. */
export function logEvent(log: NodeLog, event: EngineEvent): void {
  switch (event.kind) {
    case "refused":
      log.write("debug", "refused", { code: event.code });
      return;
    case "command.refused":
      log.write("debug", "command refused", { command: event.command, code: event.code });
      return;
    case "session.ended":
      log.write("debug", event.kind, { reason: event.reason });
      return;
    case "log.recovered":
      log.write(event.status === "torn" ? "info" : "warn", event.kind, {
        status: event.status,
        records: event.records,
      });
      return;
    case "role.suspended":
      log.write("error", event.kind, { role: event.role });
      return;
    case "directory.head":
      log.write("debug", event.kind, { epoch: event.epoch });
      return;
    case "directory.published":
      log.write("info", event.kind, { epoch: event.epoch, changes: event.changes });
      return;
    case "directory.convicted":
    case "directory.invalid-epoch":
      log.write("error", event.kind, { epoch: event.epoch });
      return;
    case "directory.frozen":
      log.write("warn", event.kind, { reason: event.reason });
      return;
    case "label.alarm":
    case "label.refused":
      log.write("warn", event.kind, { code: event.code });
      return;
    default:
      log.write("debug", event.kind);
  }
}

const COLORS: Readonly<Record<string, string>> = { warn: "\x1b[33m", error: "\x1b[31m", debug: "\x1b[2m" };

function pretty(line: string): string {
  const { level, msg, time, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([key, value]) => `  ${key}=${String(value)}`);
  const color = process.env["NO_COLOR"] === undefined ? COLORS[String(level)] : undefined;
  const text = `${String(time).slice(11, 19)}  ${String(level).padEnd(5)}  ${String(msg)}${rest.join("")}`;
  return color === undefined ? `${text}\n` : `${color}${text}\x1b[0m\n`;
}
