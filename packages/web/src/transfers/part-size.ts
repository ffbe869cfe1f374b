const MIB = 1024 ** 2;
/** Well below the 10,000 that a server accepts, and few enough to be listed with each answer. */
const MAX_PARTS = 4_000;

/**
 * The parts to ask for. A page is reloaded in the middle of a request more often than any other
 * client ends there, and of a request that was cut the server keeps the whole parts: small ones
 * cost nothing, because a fast link carries many in one request.
 */
export function partSizeFor(size: number): number {
  let partSize = MIB;
  while (size / partSize > MAX_PARTS) partSize *= 2;
  return partSize;
}
