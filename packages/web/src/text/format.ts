/** Numbers, sizes and times as people of one language write them. */
export interface Format {
  /** Decimal units, as operating systems' file managers and disks count: 1 MB = 1,000,000 bytes. */
  bytes(bytes: number): string;
  speed(bytesPerSecond: number): string;
  /** Never rounded up: 100 % means all. */
  percent(fraction: number): string;
  /** Rounded so that it does not jitter. */
  duration(seconds: number): string;
  /** The time for today, else the date. */
  date(at: string): string;
  dateTime(at: string): string;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;
const DAY_SECONDS = 86_400;

export function createFormat(locale: string): Format {
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const thisYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const anyYear = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });
  const isChinese = locale.startsWith("zh");

  function unit(value: number, name: string, digits = 0): string {
    const unitDisplay = isChinese && name !== "byte" ? "narrow" : "short";
    const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return numberFormat(locale, { style: "unit", unit: name, unitDisplay, ...fraction }).format(
      value,
    );
  }

  function bytes(count: number): string {
    let power = 0;
    let value = count;
    for (; value >= 999.5 && power < UNITS.length - 1; power += 1) value /= 1000;
    if (power === 0) return `${value} B`;
    return unit(value, UNITS[power] ?? "petabyte", value < 99.95 ? 1 : 0);
  }

  return {
    bytes,
    speed: (bytesPerSecond) => `${bytes(Math.round(bytesPerSecond))}/s`,
    percent: (fraction) => percent.format(Math.floor(fraction * 100) / 100),
    duration(seconds) {
      if (seconds < 10) return unit(Math.max(1, Math.ceil(seconds)), "second");
      if (seconds < 55) return unit(Math.ceil(seconds / 5) * 5, "second");
      if (seconds < 3_570) return unit(Math.round(seconds / 60), "minute");
      if (seconds < DAY_SECONDS) {
        const minutes = Math.round(seconds / 60);
        return `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`;
      }
      return unit(Math.round(seconds / DAY_SECONDS), "day");
    },
    date(at) {
      const date = new Date(at);
      const now = new Date();
      if (date.toDateString() === now.toDateString()) return time.format(date);
      return (date.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(date);
    },
    dateTime: (at) => full.format(new Date(at)),
  };
}

/** Making one takes longer than a hundred uses of it. */
const made = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const format = made.get(key) ?? new Intl.NumberFormat(locale, options);
  made.set(key, format);
  return format;
}
