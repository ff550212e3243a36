/** How links behave. Rates from 0 to 1, times in milliseconds. */
export interface Conditions {
  readonly latencyMs: number;
  /** Added at random, up to it. */
  readonly jitterMs: number;
  readonly lossRate: number;
  readonly duplicationRate: number;
  /** Share of packets that is held back by up to `reorderingMs`. */
  readonly reorderingRate: number;
  readonly reorderingMs: number;
  /** Bytes a second of each directed link; 0 for no limit. */
  readonly bandwidth: number;
}

export const CALM: Conditions = {
  latencyMs: 30,
  jitterMs: 20,
  lossRate: 0,
  duplicationRate: 0,
  reorderingRate: 0,
  reorderingMs: 0,
  bandwidth: 0,
};
