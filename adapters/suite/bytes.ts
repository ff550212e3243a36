/**
 * The same memory as a plain Uint8Array. Node hands out Buffers, whose `slice` shares memory where that of a
 * Uint8Array copies; no code beyond this folder should have to know which one it holds.
 */
export function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
