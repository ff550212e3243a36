/**
 * The outcome of everything that depends on the world: a value, or a refusal with a stable code.
 * Core throws only for bugs (see {@link assert}); hostile input never reaches a throw.
 */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
