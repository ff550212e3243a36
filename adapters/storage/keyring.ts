/** Where the system keeps secrets of its user. Every method throws when it cannot. */
export interface Keyring {
  /** Undefined when there is no such entry. */
  get(entry: string): Uint8Array | undefined;
  set(entry: string, secret: Uint8Array): void;
  /** Nothing when there is no such entry. */
  delete(entry: string): void;
}

const SERVICE = "chhaya";
/** Without it the package falls back to the kernel's keyring, which forgets everything with a restart of the machine. */
const LASTING = { linux: { store: "secret-service" } } as const;

/** Keychain, Credential Manager or Secret Service. Rejects where its native part cannot be loaded. */
export async function systemKeyring(): Promise<Keyring> {
  const { Entry } = await import("@napi-rs/keyring");
  const entryOf = (entry: string) => new Entry(SERVICE, entry, LASTING);
  return {
    get(entry) {
      const secret = entryOf(entry).getSecret();
      return secret === null ? undefined : Uint8Array.from(secret);
    },
    set: (entry, secret) => entryOf(entry).setSecret(secret),
    delete: (entry) => void entryOf(entry).deleteCredential(),
  };
}
