/**
 * Which downloads of a link have begun. The server counts a download at its first answer with content and hands out a ticket with that; every
 * request that shows the ticket belongs to the same download, for a day. So the first request for something goes alone, and the others,
 * which would each count, wait for its ticket. Targets are `content <id>` and `zip <ids>`, as the server tells them apart.
 */
export interface DownloadTickets {
  /** Performs a request for content, with the target's ticket where there is one. */
  ask(
    target: string,
    perform: (ticket: string | undefined) => Promise<Response>,
  ): Promise<Response>;
  /** For a request that counts in no case, but is refused on a link that is spent to whoever shows no ticket. */
  find(target: string): string | undefined;
}

export function createDownloadTickets({
  tickets,
  onTicket,
}: {
  tickets: Readonly<Record<string, string>>;
  /** Awaited before the answer is passed on. */
  onTicket: (tickets: Readonly<Record<string, string>>) => void | Promise<void>;
}): DownloadTickets {
  const held = new Map(Object.entries(tickets));
  const beginning = new Map<string, Promise<void>>();

  async function perform(
    target: string,
    send: (ticket: string | undefined) => Promise<Response>,
  ): Promise<Response> {
    const response = await send(held.get(target));
    const ticket = response.headers.get("sampan-download");
    if (ticket !== null) {
      held.set(target, ticket);
      await onTicket(Object.fromEntries(held));
    }
    return response;
  }

  return {
    find: (target) => held.get(target),
    async ask(target, send) {
      while (!held.has(target)) {
        const before = beginning.get(target);
        if (before !== undefined) {
          await before;
          continue;
        }
        const first = perform(target, send);
        const settled = first.then(
          () => undefined,
          () => undefined,
        );
        beginning.set(target, settled);
        try {
          return await first;
        } finally {
          beginning.delete(target);
        }
      }
      return await perform(target, send);
    },
  };
}
