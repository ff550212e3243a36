/** Whoever started this process as a {@link Child}, as the program in it sees them. */
export interface Runner<Order, Report> {
  /** Takes orders from now on, as they come; what `obey` rejects with ends the process. */
  take(obey: (order: Order) => Promise<void>): void;
  report(report: Report): void;
  /** Ends the process, after a report of a code or an error's name: never contents. */
  fail(failure: unknown): void;
  /** The program has done its part: nothing of this keeps the process alive. */
  leave(): void;
}

/** The last report of a program that cannot go on. */
export interface Failed {
  readonly kind: "failed";
  readonly reason: string;
}

/** Call it first: from then on the process ends when its runner does, or when an exception is nobody's. */
export function runner<Order, Report extends { readonly kind: string }>(): Runner<Order, Report | Failed> {
  const fail = (failure: unknown): void => {
    if (!process.connected) process.exit(1);
    process.send?.({ kind: "failed", reason: reasonOf(failure) } satisfies Failed, () => process.exit(1));
  };
  // Without its runner it has no purpose, and nobody would end it.
  process.on("disconnect", () => process.exit(1));
  process.on("uncaughtException", fail);
  return {
    take(obey) {
      process.on("message", (order: Order) => {
        obey(order).catch(fail);
      });
    },
    report: (report) => void process.send?.(report),
    fail,
    leave() {
      process.removeAllListeners("disconnect");
      process.disconnect?.();
    },
  };
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return "unknown";
  return "code" in failure ? `${failure.name} ${String(failure.code)}` : failure.name;
}
