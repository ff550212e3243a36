import { z } from "zod";
import {
  BODY_BYTES_MAX,
  type CallName,
  type Calls,
  type Check,
  type ContactItem,
  type DirectoryStatus,
  type Identity,
  type MessageItem,
  type NetworkView,
  type NoticeItem,
  type SentItem,
  type Status,
  type StreamName,
  type Streams,
} from "./service.ts";
import { ServiceError } from "./service-error.ts";

/** Of a card's text, as the core looks at it. */
const CARD_CHARS_MAX = 8_192;
const TRANSFER_CHARS_MAX = 16_384;
const NAME_CHARS_MAX = 128;
const PATH_CHARS_MAX = 4_096;
const PASSPHRASE_CHARS_MAX = 1_024;
const LIMIT_MAX = 1_000_000;
const ROWS_MAX: number = Number.MAX_SAFE_INTEGER;

const nothing = z.strictObject({});
const name = z.string().min(1).max(NAME_CHARS_MAX);
const count = z.int().min(0);
const body = z.base64().max(Math.ceil(BODY_BYTES_MAX / 3) * 4);

const contact: z.ZodType<ContactItem> = z.object({
  name: z.string(),
  account: z.string(),
  trust: z.enum(["card", "directory"]),
  verified: z.boolean(),
  keyChanged: z.boolean(),
  devices: count,
});
const message: z.ZodType<MessageItem> = z.object({
  kind: z.literal("message"),
  row: count,
  direction: z.enum(["in", "out"]),
  contact: z.string(),
  account: z.string(),
  body: z.string(),
  at: count,
  state: z.enum(["offered", "queued", "delivered", "failed", "received", "damaged"]),
  provisional: z.boolean(),
});
const notice: z.ZodType<NoticeItem> = z.object({
  kind: z.literal("notice"),
  id: count,
  at: count,
  topic: z.string(),
  grave: z.boolean(),
  text: z.string(),
});
const sent: z.ZodType<SentItem> = z.object({
  token: count,
  state: z.enum(["queued", "delivered", "failed"]),
  online: z.boolean(),
});
const identity: z.ZodType<Identity> = z.object({
  account: z.string(),
  device: z.string(),
  name: z.string(),
  fingerprint: z.string(),
  card: z.string(),
  compactCard: z.string(),
  addresses: z.array(z.string()),
  online: z.boolean(),
});
const network: z.ZodType<NetworkView> = z.object({
  peer: z.string(),
  addresses: z.array(z.string()),
  connections: count,
  relayed: count,
  transports: z.record(z.string(), count),
  reachability: z.enum(["public", "private", "unknown"]),
  relays: count,
  dht: z.object({ mode: z.enum(["server", "client", "off"]), peers: count }),
  gossip: z.object({ peers: count, mesh: count }),
  refusedPeers: count,
  identityDrawn: count,
  identityUntil: count.nullable(),
});
const directory: z.ZodType<DirectoryStatus> = z.object({
  name: z.string(),
  log: z.string(),
  epoch: count,
  convicted: z.boolean(),
  frozen: z.boolean(),
  mirrored: count.nullable(),
});
const status: z.ZodType<Status> = z.object({
  version: z.string(),
  online: z.boolean(),
  startedAt: count,
  name: z.string(),
  contacts: count,
  unread: count,
  waiting: count,
  logBytes: count,
  roles: z.array(z.string()),
  network: network.nullable(),
  directories: z.array(directory),
  notices: z.array(notice),
});
const finding: z.ZodType<Check> = z.object({
  check: z.string(),
  verdict: z.enum(["ok", "warn", "fail"]),
  says: z.string(),
  todo: z.string(),
});
const oneContact = z.strictObject({ contact: name });

const calls: {
  readonly [M in CallName]: {
    readonly params: z.ZodType<Calls[M]["params"]>;
    readonly result: z.ZodType<Calls[M]["result"]>;
  };
} = {
  identity: { params: nothing, result: identity },
  status: { params: nothing, result: status },
  "contact.add": {
    params: z.strictObject({
      name,
      card: z.string().max(CARD_CHARS_MAX).optional(),
      label: z.string().max(NAME_CHARS_MAX).optional(),
    }),
    result: z.object({ outcome: z.enum(["added", "known", "key-changed"]), contact }),
  },
  "contact.verify": {
    params: z.strictObject({ contact: name, confirm: z.boolean() }),
    result: z.object({ contact, safetyNumber: z.string() }),
  },
  "contact.decide": {
    params: z.strictObject({ contact: name, adopt: z.boolean() }),
    result: z.object({ contact }),
  },
  "contact.remove": { params: oneContact, result: z.object({ contact }) },
  "label.register": { params: z.strictObject({ label: name }), result: z.object({ directories: count }) },
  "label.release": {
    params: z.strictObject({ label: name, to: z.string().max(CARD_CHARS_MAX) }),
    result: z.object({ transfers: z.array(z.string()) }),
  },
  "label.claim": {
    params: z.strictObject({ label: name, transfer: z.string().max(TRANSFER_CHARS_MAX) }),
    result: z.object({ directories: count }),
  },
  seen: {
    params: z.strictObject({
      row: z.int().min(0).max(ROWS_MAX).optional(),
      contact: name.optional(),
      notice: z.int().min(0).max(ROWS_MAX).optional(),
    }),
    result: nothing,
  },
  export: {
    params: z.strictObject({
      file: z.string().min(1).max(PATH_CHARS_MAX),
      passphrase: z.string().min(1).max(PASSPHRASE_CHARS_MAX),
    }),
    result: z.object({ bytes: count }),
  },
};

const streams: {
  readonly [M in StreamName]: {
    readonly params: z.ZodType<Streams[M]["params"]>;
    readonly item: z.ZodType<Streams[M]["item"]>;
  };
} = {
  contacts: { params: nothing, item: contact },
  send: { params: z.strictObject({ contact: name, body, wait: z.boolean() }), item: sent },
  messages: {
    params: z.strictObject({
      contact: name.optional(),
      all: z.boolean(),
      limit: z.int().min(1).max(LIMIT_MAX).optional(),
      follow: z.boolean(),
    }),
    item: z.union([message, notice]),
  },
  doctor: { params: nothing, item: finding },
};

/** Whether a word names a method, and how it is answered. */
export function kindOf(method: string): "call" | "stream" | undefined {
  if (Object.hasOwn(calls, method)) return "call";
  return Object.hasOwn(streams, method) ? "stream" : undefined;
}

/** Throws a {@link ServiceError} that names the wrong parameter. */
export function checkParams<M extends CallName>(method: M, params: unknown): Calls[M]["params"];
export function checkParams<M extends StreamName>(method: M, params: unknown): Streams[M]["params"];
export function checkParams(method: CallName | StreamName, params: unknown): unknown {
  const { params: schema } = method in calls ? calls[method as CallName] : streams[method as StreamName];
  return checked<unknown>(schema as z.ZodType, params, `the parameters of ${method}`);
}

export function checkResult<M extends CallName>(method: M, result: unknown): Calls[M]["result"] {
  return checked(calls[method].result, result, `the answer to ${method}`);
}

export function checkItem<M extends StreamName>(method: M, item: unknown): Streams[M]["item"] {
  return checked(streams[method].item, item, `an answer to ${method}`);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : ` at "${issue.path.join(".").slice(0, 64)}"`;
  throw new ServiceError("control/malformed", `${what} cannot be understood${at}`);
}
