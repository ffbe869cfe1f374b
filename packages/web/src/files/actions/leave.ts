import type { Item } from "../item.ts";
import { idsOf, type ActionParts, type Attempt } from "./shared.ts";

/** Out of what others share with one. Only they can share it again. */
export function createLeaveActions({ client, files }: ActionParts, attempt: Attempt) {
  return {
    async leaveShares(items: readonly Item[]): Promise<void> {
      files.note({ removed: idsOf(items) });
      await attempt(
        async () => {
          for (const { shareId } of items) {
            if (shareId !== undefined) await client.leaveShare(shareId);
          }
        },
        ({ t }, reason) => t.files.leaveFailed(items.length, items[0]?.name ?? "", reason),
      );
      await files.refresh();
    },
  };
}
