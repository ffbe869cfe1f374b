interface Position {
  active: number;
  end: number;
  /** Rows that a page key moves by. */
  page: number;
}

/** The row that a key leads to, or null for other keys. */
export function stepOf(key: string, { active, end, page }: Position): number | null {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "PageDown":
      return active + page;
    case "PageUp":
      return active - page;
    case "Home":
      return 0;
    case "End":
      return end;
    default:
      return null;
  }
}
