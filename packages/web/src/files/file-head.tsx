/* oxlint-disable jsx-a11y/prefer-tag-over-role -- see file-view.tsx */
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import type { ItemOrder } from "./item-order.ts";

interface FileHeadProps {
  by: ItemOrder;
  /** Null where the order is the list's own. */
  onSort: ((by: ItemOrder) => void) | null;
  isInTrash: boolean;
  isAllSelected: boolean;
  onToggleAll: () => void;
}

export function FileHead({ by, onSort, isInTrash, isAllSelected, onToggleAll }: FileHeadProps) {
  const { t } = useText();
  const column = (sort: ItemOrder["sort"], label: string, className = "") => (
    <Column key={sort} {...{ sort, label, className, by, onSort }} />
  );
  return (
    <div className="files-head" role="row" aria-rowindex={1}>
      <span role="columnheader" className="file-check-cell">
        <label className="file-check">
          <input
            type="checkbox"
            aria-label={t.files.selectAll}
            checked={isAllSelected}
            onChange={onToggleAll}
          />
        </label>
      </span>
      {column("name", t.files.name)}
      {column("size", t.files.size, "files-size")}
      {column("modified", isInTrash ? t.files.deletedAt : t.files.modified, "files-date")}
      <span role="columnheader">
        <span className="visually-hidden">{t.files.actions}</span>
      </span>
    </div>
  );
}

interface ColumnProps {
  sort: ItemOrder["sort"];
  label: string;
  className: string;
  by: ItemOrder;
  onSort: FileHeadProps["onSort"];
}

function Column({ sort, label, className, by, onSort }: ColumnProps) {
  if (onSort === null) {
    return (
      <span role="columnheader" className={className}>
        {label}
      </span>
    );
  }
  const isCurrent = by.sort === sort;
  const isRising = isCurrent && by.order === "asc";
  // The newest and the largest are what somebody looks for.
  const first = sort === "name" ? "asc" : "desc";
  const next = isCurrent ? (isRising ? "desc" : "asc") : first;
  return (
    <span
      role="columnheader"
      className={className}
      aria-sort={isCurrent ? (isRising ? "ascending" : "descending") : "none"}
    >
      <button type="button" className="sort-button" onClick={() => onSort({ sort, order: next })}>
        {label}
        {isCurrent && <Icon name={isRising ? "arrowUp" : "arrowDown"} />}
      </button>
    </span>
  );
}
