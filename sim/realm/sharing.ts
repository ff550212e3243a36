import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { BoundedMap } from "../../core/safety/index.ts";

const RESULTS_MAX = 16_384;

type Verify = typeof nodeCrypto.verify;

/**
 * Every node of a run verifies what all others do, the same signatures by the same keys. These are functions of their
 * arguments, so the nodes of a thread share the results. What is loaded afterwards gets these, so call it first.
 */
export function shareCrypto(): void {
  const verdicts = new BoundedMap<string, boolean>(RESULTS_MAX);
  const names = new WeakMap<nodeCrypto.KeyObject, string>();
  const native: Verify = nodeCrypto.verify;

  const nameOf = (key: nodeCrypto.KeyObject): string => {
    let name = names.get(key);
    if (name === undefined) names.set(key, (name = key.export({ format: "der", type: "spki" }).toString("base64")));
    return name;
  };

  nodeCrypto.verify = ((algorithm, message, key, signature, ...rest: []) => {
    if (algorithm !== null || !(key instanceof nodeCrypto.KeyObject) || key.asymmetricKeyType !== "ed25519") {
      return native(algorithm, message, key, signature, ...rest);
    }
    const digest = nodeCrypto.hash("sha256", message as Uint8Array, "base64");
    const name = `${nameOf(key)} ${Buffer.from(signature as Uint8Array).toString("base64")} ${digest}`;
    let verdict = verdicts.get(name);
    if (verdict === undefined) verdicts.set(name, (verdict = native(algorithm, message, key, signature)));
    return verdict;
  }) as Verify;

  nodeCrypto.createPublicKey = shared(nodeCrypto.createPublicKey);
  nodeCrypto.createPrivateKey = shared(nodeCrypto.createPrivateKey);
  syncBuiltinESMExports();
}

/** One object for each key that is imported as bytes or as a JSON Web Key. */
function shared<Input>(native: (key: Input) => nodeCrypto.KeyObject): (key: Input) => nodeCrypto.KeyObject {
  const keys = new BoundedMap<string, nodeCrypto.KeyObject>(RESULTS_MAX);
  return (input) => {
    const name = nameOfInput(input);
    if (name === undefined) return native(input);
    let key = keys.get(name);
    if (key === undefined) keys.set(name, (key = native(input)));
    return key;
  };
}

function nameOfInput(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const { format, key, type } = input as { readonly format?: unknown; readonly key?: unknown; readonly type?: unknown };
  if (format === "jwk") return JSON.stringify(key);
  if (format !== "der" || !(key instanceof Uint8Array)) return undefined;
  return `${String(type)} ${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("base64")}`;
}
