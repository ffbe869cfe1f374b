import type { Actor } from "../events.ts";

/** Who stores what an upload brings: its owner. */
export function uploaderOf(ownerId: string): Actor {
  return { accountId: ownerId, address: null };
}
