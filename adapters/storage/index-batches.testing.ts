export const KEYS_PER_BATCH = 400;

/** Anywhere in the tree, so that every batch touches many of its pages. */
export function keyOf(at: number): Uint8Array {
  const key = new Uint8Array(32).fill((at * 149) & 0xff);
  new DataView(key.buffer).setUint32(28, at);
  return key;
}

/** The same keys in every batch; the length changes, so that pages split and merge. Undefined: this batch deletes it. */
export function valueOf(mark: number, at: number): Uint8Array | undefined {
  if ((mark + at) % 5 === 0) return undefined;
  const value = new Uint8Array(4 + ((mark * 7 + at) % 200)).fill(mark);
  new DataView(value.buffer).setUint32(0, mark);
  return value;
}
