/** A bug in this program. Input from outside can never cause one; if it does, that is the bug. */
export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

/** Checks what only a bug can violate. Never put secrets into `message`. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** For the default branch of an exhaustive `switch` over a closed union. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable variant: ${typeof value}`);
}
