export type KeyCode =
  /** There is no key file. */
  | "key/absent"
  /** There is one already, or its entry in the keyring: it is never overwritten by another key. */
  | "key/exists"
  | "key/passphrase-wrong"
  /** The system offers no keyring, refuses, or no longer has the entry. The cause says why. */
  | "key/keyring-unavailable"
  /** The file was altered, or the keyring's entry holds something else. */
  | "key/damaged"
  /** The key that was handed in is not the one that the file protects. */
  | "key/other";

export class KeyFailed extends Error {
  override readonly name = "KeyFailed";
  readonly code: KeyCode;

  constructor(code: KeyCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
