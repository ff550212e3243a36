export { nearest } from "../spelling/index.ts";

/** Something that the caller has to put right: shown as one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A whole number from `low` up, from a command line's word. */
export function wholeNumber(flag: string, low: number): (word: string) => number {
  return (word) => {
    const value = Number(word);
    if (!/^\d+$/u.test(word) || !Number.isSafeInteger(value) || value < low) {
      throw new UsageError(`${flag} takes a whole number from ${low} up, not "${word}"`);
    }
    return value;
  };
}

/** Collects `key=value` words. */
export function setting(word: string, earlier: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [, key, value] = /^([A-Za-z][A-Za-z0-9]*)=(.+)$/u.exec(word) ?? [];
  const number = Number(value);
  if (key === undefined || !Number.isFinite(number)) {
    throw new UsageError(`--set takes name=number, not "${word}"`);
  }
  return { ...earlier, [key]: number };
}

/** `i/n`: the i-th of n shards, counted from 1. */
export function shard(word: string): { readonly index: number; readonly count: number } {
  const [, index, count] = (/^(\d+)\/(\d+)$/u.exec(word) ?? []).map(Number);
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new UsageError(`--shard takes i/n with i from 1 to n, not "${word}"`);
  }
  return { index, count };
}
