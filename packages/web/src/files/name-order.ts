/** The server's order and notion of equal names: letter case and composition do not count. */
export function nameKey(name: string): string {
  return name.normalize("NFC").toLowerCase().normalize("NFC");
}

/** By code points, as the server's index does; `<` on strings compares UTF-16 units instead. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    if (a.charCodeAt(index) === b.charCodeAt(index)) continue;
    const [x, y] = [a.codePointAt(index) ?? 0, b.codePointAt(index) ?? 0];
    // Within a pair whose first halves are equal, the second halves decide, and do so rightly.
    return x - y;
  }
  return a.length - b.length;
}
