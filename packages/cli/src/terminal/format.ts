const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `1.4 GiB`; three digits at most before the unit changes. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** An instant of the API to the minute, in UTC: `2026-11-21 06:20`. */
export function formatInstant(at: string): string {
  return at.slice(0, 16).replace("T", " ");
}

/** `0:07`, `12:30`, `3:04:05`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [whole / 3600, (whole / 60) % 60, whole % 60].map(Math.floor);
  const padded = String(rest).padStart(2, "0");
  return hours === 0
    ? `${minutes}:${padded}`
    : `${hours}:${String(minutes).padStart(2, "0")}:${padded}`;
}

export function formatBar(fraction: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** Nothing in it can move the cursor, recolour the screen or reverse the text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns on a terminal: East Asian characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Exactly `width` columns: cut in the middle, so that beginning and extension stay, or padded. */
export function fitText(text: string, width: number): string {
  const missing = width - displayWidth(text);
  if (missing >= 0) return text + " ".repeat(missing);
  const characters = [...text];
  const tail = takeColumns(characters.toReversed(), Math.floor((width - 1) / 2)).toReversed();
  const head = takeColumns(characters, width - 1 - displayWidth(tail.join("")));
  const cut = `${head.join("")}…${tail.join("")}`;
  return cut + " ".repeat(Math.max(0, width - displayWidth(cut)));
}

function takeColumns(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let width = 0;
  for (const character of characters) {
    width += displayWidth(character);
    if (width > columns) break;
    taken.push(character);
  }
  return taken;
}

const SUFFIXES: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  "": 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90`, `90s`, `2m`, `500ms`, `7d` in milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h|d|)$/.exec(text);
  const factor = SUFFIXES[match?.[2] ?? "?"];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}
