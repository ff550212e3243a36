/** Lines of the stack that a breach keeps. */
const STACK_LINES_MAX = 40;

/** Something in a deterministic world reached for what it does not control. The stack shows who. */
export class RealmBreach extends Error {
  override readonly name = "RealmBreach";
  readonly what: string;

  constructor(what: string) {
    super(`${what} is outside of the deterministic world`);
    this.what = what;
  }

  /** `below` and whatever it called are left out of the stack, which is taken even where stacks are switched off. */
  static by(what: string, below: (...values: never[]) => unknown): RealmBreach {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const breach = new RealmBreach(what);
    Error.stackTraceLimit = STACK_LINES_MAX;
    Error.captureStackTrace(breach, below);
    Error.stackTraceLimit = limit;
    return breach;
  }
}
