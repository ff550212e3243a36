import type { Suite } from "../../core/suite/index.ts";
import type { Oracle } from "./judge.ts";

/** What was sealed and is not yet on the wire; the oldest are forgotten beyond it. */
const SEALED_MAX = 65_536;

function text(bytes: Uint8Array): string {
  // `apply` takes the bytes as they lie; a spread would copy them into an array one by one, at five times the cost.
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

/** Remembers under which key and nonce each ciphertext was sealed, by its authentication tag. */
export class Seals {
  readonly #byTag = new Map<string, string>();

  /** The same suite, watched. */
  watched(suite: Suite): Suite {
    return {
      ...suite,
      aesGcmSeal: (key, nonce, ad, plaintext) => {
        const sealed = suite.aesGcmSeal(key, nonce, ad, plaintext);
        this.#byTag.set(text(sealed.subarray(-16)), text(key.expose().subarray(0, 12)) + text(nonce));
        if (this.#byTag.size > SEALED_MAX) this.#byTag.delete(this.#byTag.keys().next().value as string);
        return sealed;
      },
    };
  }

  /** The key and nonce of the sealed part that ends this envelope; once for each. */
  take(tag: string): string | undefined {
    const used = this.#byTag.get(tag);
    this.#byTag.delete(tag);
    return used;
  }
}

/** No two different ciphertexts leave a node under one key and nonce, across crashes too. */
export function keyUse(seals: Seals): Oracle {
  return {
    name: "key-use",
    demand: "no two ciphertexts on the wire share a key and nonce, across crashes too",
    watch(_world, judge) {
      const used = new Map<string, string>();
      return {
        sent(from, _to, bytes) {
          const tag = text(bytes.subarray(-16));
          const key = seals.take(tag);
          if (key === undefined) return;
          const other = used.get(key);
          used.set(key, tag);
          judge.check(other === undefined || other === tag, () => `${from} sealed two messages under one key`);
        },
      };
    },
  };
}
