/**
 * Copies `source` to the beginning of `target`, as `target.set(source)` does, at the speed of the memory. `set` moves bytes of shared memory one by one
 * unless both sides are aligned alike: measured, 0.39 s for a gibibyte instead of 0.02 s, and the bytes of a form are never aligned.
 */
export function copyBytes(source: Uint8Array, target: Uint8Array): void {
  // A stretch of a larger buffer is copied by the C library; a whole one would be by `set`.
  const { byteOffset, byteLength } = source;
  const from = Buffer.from(source.buffer);
  const to = Buffer.from(target.buffer, target.byteOffset, byteLength);
  from.copy(to, 0, byteOffset, byteOffset + byteLength);
}
