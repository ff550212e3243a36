/** Quantiles of a sample. */
export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** By nearest rank: each is a value of the sample, which is sorted. Undefined for an empty one. */
export function quantiles(sorted: readonly number[]): Quantiles | undefined {
  if (sorted.length === 0) return undefined;
  return { p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), p99: quantile(sorted, 0.99) };
}

/** The smallest value that at least such a share of a sorted sample does not exceed. */
export function quantile(sorted: readonly number[], share: number): number {
  // A product such as 0.07 * 100 is a little above the whole number that it stands for.
  const rank = Math.ceil(share * sorted.length - 1e-9);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? Number.NaN;
}

/** Points that a drawn distribution has at most. */
const POINTS_MAX = 200;

/** A cumulative distribution, as steps: such a share of the sample is at most `value`. Values ascend, and differ. */
export interface Step {
  readonly value: number;
  readonly share: number;
}

/** The distribution of a sorted sample; of a large one the steps at even shares. */
export function distribution(sorted: readonly number[]): Step[] {
  const points = Math.min(POINTS_MAX, sorted.length);
  const shares = new Map<number, number>();
  for (let i = 1; i <= points; i++) shares.set(quantile(sorted, i / points), i / points);
  return [...shares].map(([value, share]) => ({ value, share }));
}
