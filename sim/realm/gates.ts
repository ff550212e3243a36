import { isBuiltin } from "node:module";
import { ALLOWED, isKnownModule, REFUSED } from "./policy.ts";
import type { Patches } from "./patches.ts";

type Refuse = (what: string, below: (...values: never[]) => unknown) => never;

/** Whether the realm refuses now, and how it does. */
export interface Guard {
  readonly raised: boolean;
  readonly refuse: Refuse;
}

type Callable = (...values: unknown[]) => unknown;

/** The function itself until the guard is raised; from then on a call is refused, and of its own functions too. */
export function gate(guard: Guard, what: string, target: Callable): Callable {
  const proxy: Callable = new Proxy(target, {
    apply(_, self, values) {
      return guard.raised ? guard.refuse(what, proxy) : Reflect.apply(target, self, values);
    },
    construct(_, values, newTarget) {
      if (guard.raised) guard.refuse(what, proxy);
      return Reflect.construct(target, values, newTarget === proxy ? target : newTarget) as object;
    },
    get(_, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver === proxy ? target : receiver);
      // Such as what `promisify` prefers to a function, and what a class has of functions.
      const own = typeof value === "function" && key !== "prototype" && Object.hasOwn(target, key);
      return own && isLoose(target, key) ? gate(guard, `${what}.${String(key)}`, value as Callable) : value;
    },
  });
  return proxy;
}

/** A proxy has to tell the truth of what can never change. */
function isLoose(object: object, key: PropertyKey): boolean {
  const { configurable, writable } = Object.getOwnPropertyDescriptor(object, key) ?? {};
  return configurable === true || writable === true;
}

function gateAll(guard: Guard, patches: Patches, object: object, name: string, keys: readonly string[]): void {
  for (const key of keys) {
    const before = Object.getOwnPropertyDescriptor(object, key);
    if (before === undefined) continue;
    const what = name === "globalThis" ? key : `${name}.${key}`;
    if (typeof before.value === "function") patches.put(object, key, gate(guard, what, before.value as Callable));
    else if (before.get !== undefined) gateAccessor(guard, patches, object, key, what);
  }
}

/** What is loaded when it is first read; it may turn out to be no function. */
function gateAccessor(guard: Guard, patches: Patches, object: object, key: string, what: string): void {
  const { get, set } = Object.getOwnPropertyDescriptor(object, key) as Required<PropertyDescriptor>;
  const gates = new WeakMap<Callable, Callable>();
  const read = (): unknown => {
    const value: unknown = Reflect.apply(get, object, []);
    if (typeof value !== "function") return value;
    const known = gates.get(value as Callable) ?? gate(guard, what, value as Callable);
    gates.set(value as Callable, known);
    return known;
  };
  patches.get(object, key, read, (written) => void Reflect.apply(set, object, [written]));
}

/** Those that are, and with `computed` also those that may be when they are first read. */
function functionsOf(object: object, computed: boolean): string[] {
  return Object.getOwnPropertyNames(object).filter((key) => {
    const { configurable, get, value } = Object.getOwnPropertyDescriptor(object, key) ?? {};
    if (key === "constructor" || configurable === false) return false;
    return typeof value === "function" || (computed && get !== undefined);
  });
}

/** Puts a gate before everything that a run may not use, so that who takes it from now on takes the gate. */
export function putGates(guard: Guard, patches: Patches): void {
  for (const [name, allowed] of Object.entries(ALLOWED)) {
    const module = process.getBuiltinModule(name) as object | undefined;
    if (module === undefined) continue;
    const keys = functionsOf(module, true).filter((key) => !allowed.includes(key));
    gateAll(guard, patches, module, name, keys);
  }
  for (const { keys, name, object } of REFUSED) {
    const found = object();
    if (found !== undefined) gateAll(guard, patches, found, name, keys ?? functionsOf(found, false));
  }
  const { getBuiltinModule } = process;
  const guarded = (name: string): unknown => {
    if (guard.raised && isUnknownModule(name)) guard.refuse(`getBuiltinModule("${name}")`, guarded);
    return getBuiltinModule(name);
  };
  patches.put(process, "getBuiltinModule", guarded);
}

/** Of Node's, and not looked through. */
export function isUnknownModule(specifier: string): boolean {
  return isBuiltin(specifier) && !isKnownModule(specifier.replace(/^node:/u, ""));
}
