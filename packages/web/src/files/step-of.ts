interface Position {
  active: number;
  end: number;
  /** Entries side by side. */
  columns: number;
  /** Rows that a page key moves by. */
  page: number;
}

/** The entry that a key leads to, or null for other keys. */
export function stepOf(key: string, { active, end, columns, page }: Position): number | null {
  switch (key) {
    case "ArrowDown":
      return active + columns;
    case "ArrowUp":
      return active - columns;
    case "ArrowRight":
      return columns > 1 ? active + 1 : null;
    case "ArrowLeft":
      return columns > 1 ? active - 1 : null;
    case "PageDown":
      return active + page * columns;
    case "PageUp":
      return active - page * columns;
    case "Home":
      return 0;
    case "End":
      return end;
    default:
      return null;
  }
}
