/** What limits something: sizes, counts and times, as people type them. */
import { UsageError } from "./exit-codes.ts";

const BYTE_UNITS: Readonly<Record<string, number>> = { "": 1, k: 1, m: 2, g: 3, t: 4 };

/** `500`, `10M`, `1.5GiB`: powers of 1024, whatever the spelling. */
export function parseByteCount(text: string, flag: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?)(?:i?b)?$/i.exec(text);
  const unit = match?.[2]?.toLowerCase() ?? "";
  const bytes = Number(match?.[1]) * (unit === "" ? 1 : 1024 ** (BYTE_UNITS[unit] ?? Number.NaN));
  if (match !== null && Number.isSafeInteger(Math.ceil(bytes))) return Math.ceil(bytes);
  throw new UsageError(`${flag} is a size such as 500M or 10G, not "${text}"`);
}

export function parseCount(text: string, flag: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${flag} is a whole number from 1 on, not "${text}"`);
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** From now on (`30m`, `12h`, `7d`, `2w`), a day (its beginning here) or an instant; as the API writes it. */
export function parseExpiry(
  text: string,
  { flag, now = Date.now() }: { flag: string; now?: number },
): string {
  const expiresAt = parseInstant(text, now);
  if (expiresAt === null)
    throw new UsageError(
      `${flag} is a time from now such as 12h, 7d or 2w, or a date such as 2027-01-31, not "${text}"`,
    );
  if (expiresAt <= now) throw new UsageError(`${flag} ${text} is in the past`);
  return new Date(expiresAt).toISOString();
}

function parseInstant(text: string, now: number): number | null {
  const span = /^(\d{1,5})([mhdw])$/.exec(text);
  if (span !== null) return now + Number(span[1]) * (TIME_UNITS[span[2] ?? ""] ?? Number.NaN);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text))
    return null;
  // A date alone would be read as of UTC; whoever types it means the day where they are.
  const at = Date.parse(text.length === 10 ? `${text}T00:00` : text);
  return Number.isNaN(at) ? null : at;
}
