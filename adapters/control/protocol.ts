import { z } from "zod";
import { ServiceError, type ServiceCode } from "./service-error.ts";

/*
 * One JSON object a line, both ways.
 *   client  {"id":1,"method":"hello","params":{"protocol":1}}    first, and only then anything else
 *   server  {"id":1,"result":{"protocol":1,"version":"0.1.0"}}
 *   client  {"id":2,"method":"send","params":{…}}
 *   server  {"id":2,"item":{…}} … {"id":2,"end":true}            a stream
 *   client  {"id":2,"cancel":true}
 *   server  {"id":3,"error":{"code":"control/…","message":"…"}}
 */

/** Raised with every change that an older program would misunderstand. */
export const PROTOCOL = 1;
const METHOD_CHARS_MAX = 64;

export type Request =
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "request"; readonly id: number; readonly method: string; readonly params: unknown };

export type Reply =
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "item"; readonly id: number; readonly value: unknown }
  | { readonly kind: "end"; readonly id: number }
  | { readonly kind: "error"; readonly id: number; readonly error: ServiceError };

const id = z.int().min(0);
const requestSchema = z.union([
  z.strictObject({ id, method: z.string().max(METHOD_CHARS_MAX), params: z.unknown().optional() }),
  z.strictObject({ id, cancel: z.literal(true) }),
]);
const replySchema = z.union([
  z.strictObject({ id, result: z.unknown() }),
  z.strictObject({ id, item: z.unknown() }),
  z.strictObject({ id, end: z.literal(true) }),
  z.strictObject({ id, error: z.object({ code: z.string(), message: z.string() }) }),
]);

/** Total: undefined for what is no request. */
export function parseRequest(line: string): Request | undefined {
  const parsed = requestSchema.safeParse(json(line));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  if ("cancel" in data) return { kind: "cancel", id: data.id };
  return { kind: "request", id: data.id, method: data.method, params: data.params ?? {} };
}

/** Total: undefined for what is no reply. */
export function parseReply(line: string): Reply | undefined {
  const parsed = replySchema.safeParse(json(line));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  if ("end" in data) return { kind: "end", id: data.id };
  if ("error" in data) {
    const { code, message } = data.error;
    return { kind: "error", id: data.id, error: new ServiceError(code as ServiceCode, message) };
  }
  if ("item" in data) return { kind: "item", id: data.id, value: data.item };
  return { kind: "result", id: data.id, value: data.result };
}

export function replyLine(reply: Reply): string {
  return `${JSON.stringify(toJson(reply))}\n`;
}

function toJson(reply: Reply): object {
  const { id: request } = reply;
  switch (reply.kind) {
    case "result":
      return { id: request, result: reply.value };
    case "item":
      return { id: request, item: reply.value };
    case "end":
      return { id: request, end: true };
    case "error":
      return { id: request, error: { code: reply.error.code, message: reply.error.message } };
  }
}

function json(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
