import { useText } from "../text/text.tsx";
import { ContextMenu, type MenuEntry } from "../ui/context-menu.tsx";
import type { FileActions } from "./actions/actions.ts";
import { isFolder, type Item } from "./item.ts";
import type { SelectionTool } from "./selection-tools.ts";

interface SelectionMenuProps {
  at: { readonly x: number; readonly y: number };
  /** Null where several are selected. */
  only: Item | null;
  tools: readonly SelectionTool[];
  actions: FileActions;
  onAsk: (id: string) => void;
  onDetails: (item: Item) => void;
  onClose: () => void;
}

/** What the toolbar offers, where the pointer is. What cannot be taken back is asked about in the toolbar. */
export function SelectionMenu(props: SelectionMenuProps) {
  const { at, only, tools, actions, onAsk, onDetails, onClose } = props;
  const { t } = useText();
  const isInTrash = tools.some(({ id }) => id === "restore");
  const open: MenuEntry[] =
    only === null || isInTrash
      ? []
      : [
          {
            id: "open",
            icon: isFolder(only) ? "folder" : "eye",
            label: t.files.openOne,
            act: () => actions.open(only),
          },
        ];
  const details: MenuEntry[] =
    only === null || isInTrash
      ? []
      : [{ id: "details", icon: "info", label: t.files.detailsOne, act: () => onDetails(only) }];
  const offered = tools.map(({ id, icon, label, confirm, act }) => ({
    id,
    icon,
    label,
    act: confirm === undefined ? act : () => onAsk(id),
  }));
  return (
    <ContextMenu
      label={t.files.actions}
      entries={[...open, ...offered, ...details]}
      at={at}
      onClose={onClose}
    />
  );
}
