// A thread that looks at everything of the platform before a realm is installed, while it is, and after it was removed.
import * as childProcess from "node:child_process";
import * as crypto from "node:crypto";
import * as dns from "node:dns";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as timers from "node:timers";
import * as timersPromises from "node:timers/promises";
import * as workers from "node:worker_threads";
import { Stream } from "../kernel/index.ts";
import { ALLOWED } from "./policy.ts";
import { Realm } from "./realm.ts";

/** The paths of properties that are not as they were. */
export interface Differences {
  readonly looked: number;
  readonly installed: readonly string[];
  readonly removed: readonly string[];
}

type Look = Map<object, { readonly path: string; readonly properties: ReadonlyMap<PropertyKey, PropertyDescriptor> }>;

const roots: Readonly<Record<string, object>> = {
  globalThis,
  ...Object.fromEntries(
    [...Object.keys(ALLOWED), "timers", "timers/promises", "events", "stream", "url"].flatMap((name) => {
      const module = process.getBuiltinModule(name) as object | undefined;
      return module === undefined ? [] : [[name, module] as const];
    }),
  ),
  // As modules import them: whatever a property is, its export has to be told.
  imported: { childProcess, crypto, dns, fs, net, os, timers, timersPromises, workers },
};

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** All objects that can be reached, without calling anything. */
function look(): Look {
  const seen: Look = new Map();
  const next = Object.entries(roots).map(([path, object]) => ({ path, object }));
  for (let found = next.pop(); found !== undefined; found = next.pop()) {
    const { object, path } = found;
    if (seen.has(object)) continue;
    // Node's own record of what it loaded so far.
    if (path.endsWith(".moduleLoadList")) continue;
    const properties = new Map<PropertyKey, PropertyDescriptor>();
    seen.set(object, { path, properties });
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      if (descriptor === undefined) continue;
      properties.set(key, descriptor);
      const { get, set, value } = descriptor;
      for (const inner of [value, get, set])
        if (isObject(inner)) next.push({ path: `${path}.${String(key)}`, object: inner });
    }
    const prototype: unknown = Object.getPrototypeOf(object);
    if (isObject(prototype)) next.push({ path: `${path}.prototype`, object: prototype });
  }
  return seen;
}

function differences(before: Look): string[] {
  return [...before].flatMap(([object, { path, properties }]) =>
    [...new Set([...Reflect.ownKeys(object), ...properties.keys()])].flatMap((key) => {
      const [was, is] = [properties.get(key), Object.getOwnPropertyDescriptor(object, key)];
      const kinds = ["value", "get", "set", "writable", "enumerable", "configurable"] as const;
      const same = kinds.every((kind) => Object.is(was?.[kind], is?.[kind]));
      return same ? [] : [`${path}.${String(key)}`];
    }),
  );
}

/** What is made by the first look at it, is made now. */
Realm.install().remove();
const before = look();
const realm = Realm.install();
setImmediate(() => {});
realm.begin(Stream.seeded(1));
const installed = differences(before);
realm.remove();
const removed = differences(before);
workers.parentPort?.postMessage({ looked: before.size, installed, removed } satisfies Differences);
