const GB = 1e9;
const MAX_GB = 9e6;

/** What somebody typed: null for nothing, undefined for what is no number. Decimal, as sizes are shown. */
export function parseQuota(text: string): number | null | undefined {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return null;
  if (!/^\d+(\.\d+)?$/.test(trimmed)) return undefined;
  const gigabytes = Number(trimmed);
  return gigabytes > MAX_GB ? undefined : Math.round(gigabytes * GB);
}

export function formatQuota(bytes: number | null): string {
  return bytes === null ? "" : String(bytes / GB);
}
