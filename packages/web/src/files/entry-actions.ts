import type { Services } from "../services.ts";
import type { Store } from "../state/store.ts";
import type { Clipboard } from "./actions/clipboard.ts";
import type { Item } from "./item.ts";
import type { NodeListState } from "./node-list.ts";
import { rightsOf } from "./rights.ts";

/** What the entries of a list offer. What is absent, nobody may do here. */
export interface EntryActions {
  readonly clipboard: Store<Clipboard | null>;
  open(item: Item): void;
  download?: ((items: readonly Item[]) => Promise<void>) | undefined;
  trash?: ((items: readonly Item[]) => Promise<void>) | undefined;
  restore?: ((items: readonly Item[]) => Promise<void>) | undefined;
  rename?: ((item: Item, name: string) => Promise<void>) | undefined;
  thumbnailUrl(item: Item): string;
}

/** What the drive allows to do with what it shows. */
export function entryActionsOf(
  { actions, previewSource }: Pick<Services, "actions" | "previewSource">,
  state: NodeListState,
): EntryActions {
  const { canChange } = rightsOf(state);
  const isInTrash = state.place.kind === "trash";
  return {
    clipboard: actions.clipboard,
    open: actions.open,
    thumbnailUrl: (item) => previewSource.thumbnailUrl(item, 256),
    download: isInTrash ? undefined : actions.download,
    restore: isInTrash ? actions.restore : undefined,
    trash: canChange ? actions.trash : undefined,
    rename: canChange ? actions.rename : undefined,
  };
}
