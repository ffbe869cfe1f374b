import type { Dictionary } from "../text/english.ts";
import type { IconName } from "../ui/icon.tsx";
import type { FileActions } from "./actions/actions.ts";
import type { Item } from "./item.ts";
import type { NodeListState } from "./node-list.ts";
import { rightsOf } from "./rights.ts";

/** One thing that can be done to what is selected. */
export interface SelectionTool {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  /** There is no way back: it asks first. */
  readonly confirm?: { readonly question: string; readonly yes: string };
  act(): void;
}

export interface SelectionToolParts {
  actions: FileActions;
  state: NodeListState;
  items: readonly Item[];
  t: Dictionary;
  onRename: (id: string) => void;
  onShare: (item: Item) => void;
}

/** In the order of the toolbar; the menu at the pointer has the same. */
export function selectionTools(parts: SelectionToolParts): SelectionTool[] {
  const { state, items } = parts;
  const [only] = items;
  if (only === undefined) return [];
  if (state.place.kind === "trash") return trashTools(parts);
  const single = items.length === 1 ? singleTools(parts, only) : [];
  return [...downloadTool(parts), ...single, ...placeTools(parts), ...leaveTool(parts)];
}

function trashTools({ actions, items, t }: SelectionToolParts): SelectionTool[] {
  return [
    {
      id: "restore",
      icon: "restore",
      label: t.files.restoreAll,
      act: () => void actions.restore(items),
    },
    {
      id: "delete",
      icon: "trash",
      label: t.files.deleteForGood,
      confirm: { question: t.files.confirmDelete(items.length), yes: t.files.deleteForGood },
      act: () => void actions.deleteForGood(items),
    },
  ];
}

function downloadTool({ actions, items, t }: SelectionToolParts): SelectionTool[] {
  const label = t.files.downloadAll;
  return [{ id: "download", icon: "download", label, act: () => void actions.download(items) }];
}

function singleTools(parts: SelectionToolParts, only: Item): SelectionTool[] {
  const { actions, state, t, onRename, onShare } = parts;
  const { canChange, isOwn } = rightsOf(state);
  const tools: (SelectionTool | false)[] = [
    isOwn && { id: "share", icon: "share", label: t.files.shareOne, act: () => onShare(only) },
    canChange && {
      id: "rename",
      icon: "pencil",
      label: t.files.rename,
      act: () => onRename(only.id),
    },
    isOwn &&
      state.place.kind !== "folder" && {
        id: "show",
        icon: "folder",
        label: t.files.showInFolder(only.name),
        act: () => actions.openFolderOf(only),
      },
  ];
  return tools.filter((tool) => tool !== false);
}

function placeTools({ actions, state, items, t }: SelectionToolParts): SelectionTool[] {
  const { canChange, isOwn } = rightsOf(state);
  const isAllStarred = items.every(({ starred }) => starred);
  const tools: (SelectionTool | false)[] = [
    canChange && {
      id: "cut",
      icon: "cut",
      label: t.files.cut,
      act: () => actions.take("cut", items),
    },
    { id: "copy", icon: "copy", label: t.files.copy, act: () => actions.take("copy", items) },
    isOwn && {
      id: "star",
      icon: "star",
      label: isAllStarred ? t.files.unstar : t.files.star,
      act: () => void actions.star(items, !isAllStarred),
    },
    canChange && {
      id: "trash",
      icon: "trash",
      label: t.files.trashAll,
      act: () => void actions.trash(items),
    },
  ];
  return tools.filter((tool) => tool !== false);
}

/** What somebody shares with one can be let go of. */
function leaveTool({ actions, state, items, t }: SelectionToolParts): SelectionTool[] {
  if (state.place.kind !== "shared") return [];
  return [
    {
      id: "leave",
      icon: "signOut",
      label: t.files.leave,
      confirm: { question: t.files.confirmLeave(items.length), yes: t.files.leave },
      act: () => void actions.leaveShares(items),
    },
  ];
}
