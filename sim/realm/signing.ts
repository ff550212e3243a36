import nodeCrypto, { createPrivateKey, KeyObject } from "node:crypto";
import type { Guard } from "./gates.ts";
import type { Patches } from "./patches.ts";

/** RFC 8032: their signatures are functions of key and message. All others draw, or may be asked to. */
const DETERMINISTIC: readonly unknown[] = ["ed25519", "ed448"];

type Callable = (...values: unknown[]) => unknown;

function signatureOf(key: unknown): unknown {
  const inner = key instanceof KeyObject ? key : (key as { readonly key?: unknown } | undefined)?.key;
  const parsed = inner instanceof KeyObject ? inner : createPrivateKey(key as string);
  return parsed.asymmetricKeyType;
}

/** What `node:crypto` computes at once, unless it is given a callback: then the thread pool does. */
export function guardSigning(guard: Guard, patches: Patches): void {
  for (const name of ["sign", "verify", "diffieHellman", "decapsulate"]) {
    const native = Reflect.get(nodeCrypto, name) as Callable | undefined;
    if (native === undefined) continue;
    const guarded: Callable = (...values) => {
      if (!guard.raised) return native(...values);
      if (typeof values.at(-1) === "function") return guard.refuse(`crypto.${name}(…, callback)`, guarded);
      if (name === "sign") {
        const type = signatureOf(values[2]);
        if (!DETERMINISTIC.includes(type)) return guard.refuse(`crypto.sign with ${String(type)}`, guarded);
      }
      return native(...values);
    };
    patches.put(nodeCrypto, name, guarded);
  }
}
