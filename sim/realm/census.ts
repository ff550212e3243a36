import { AsyncResource, createHook, type HookCallbacks } from "node:async_hooks";
import { RealmBreach } from "./breach.ts";

/** Made by a run on purpose: they are drained between its events. */
const DRAINED: ReadonlySet<string> = new Set(["PROMISE", "TickObject", "Microtask"]);

/**
 * Jobs of `node:crypto` that also answer at once, as a function of their arguments. Of the others, some draw, and some are
 * only made for the thread pool.
 */
const COMPUTING: ReadonlySet<string> = new Set([
  ...["ARGON2REQUEST", "DERIVEBITSREQUEST", "PBKDF2REQUEST", "SCRYPTREQUEST", "SIGNREQUEST", "VERIFYREQUEST"],
]);

/** Without promises where Node can leave them out (24.14). */
interface Callbacks extends HookCallbacks {
  readonly trackPromises: boolean;
}

interface Job {
  readonly ondone?: unknown;
  run: (...values: unknown[]) => unknown;
}

/**
 * Sees whatever begins that only the real event loop can end: what was taken from Node before the gates were put, and
 * what native add-ons do. It cannot be refused there, since an exception would end the process; it is reported.
 */
export class Census {
  readonly #report: (breach: RealmBreach) => void;

  readonly #init = (_id: number, type: string, _trigger: number, resource: object): void => {
    if (DRAINED.has(type) || resource instanceof AsyncResource) return;
    if (COMPUTING.has(type)) this.#follow(type, resource as Job);
    else this.#report(RealmBreach.by(type, this.#init));
  };

  readonly #hook = createHook({ init: this.#init, trackPromises: false } as Callbacks);

  constructor(report: (breach: RealmBreach) => void) {
    this.#report = report;
  }

  begin(): void {
    this.#hook.enable();
  }

  end(): void {
    this.#hook.disable();
  }

  /** Whether the thread pool will answer shows when the job is started: by a callback, or by a promise. */
  #follow(type: string, job: Job): void {
    const { run } = job;
    const followed = (...values: unknown[]): unknown => {
      const answer: unknown = Reflect.apply(run, job, values);
      if (job.ondone !== undefined || answer instanceof Promise) this.#report(RealmBreach.by(type, followed));
      return answer;
    };
    job.run = followed;
  }
}
