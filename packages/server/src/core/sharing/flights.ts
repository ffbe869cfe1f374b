/** Downloads of links that are on their way, so that revoking a link ends them too. */
export interface LinkFlights {
  /** The same bytes, until the share is cut. */
  guard(shareId: string, source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Ends what is on its way now, at its next piece. */
  cut(shareId: string): void;
}

class LinkCut extends Error {
  override readonly name = "LinkCut";
}

export function createLinkFlights(): LinkFlights {
  const flying = new Map<string, Set<{ isCut: boolean }>>();
  return {
    async *guard(shareId, source) {
      const flight = { isCut: false };
      const others = flying.get(shareId) ?? new Set();
      flying.set(shareId, others.add(flight));
      try {
        for await (const bytes of source) {
          if (flight.isCut) throw new LinkCut("the link was revoked while its content was sent");
          yield bytes;
        }
      } finally {
        others.delete(flight);
        if (others.size === 0 && flying.get(shareId) === others) flying.delete(shareId);
      }
    },
    cut(shareId) {
      for (const flight of flying.get(shareId) ?? []) flight.isCut = true;
      flying.delete(shareId);
    },
  };
}
