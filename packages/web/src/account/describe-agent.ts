const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/\bsampan/i, "sampan"],
] as const;
const SYSTEMS = [
  [/\bWindows\b/, "Windows"],
  [/\biP(?:hone|ad)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
] as const;

/** "Firefox · Windows", as far as the browser says so; null when it says nothing known. */
export function describeAgent(agent: string | null): string | null {
  const find = (list: typeof BROWSERS | typeof SYSTEMS): string | undefined =>
    list.find(([pattern]) => pattern.test(agent ?? ""))?.[1];
  const words = [find(BROWSERS), find(SYSTEMS)].filter((word) => word !== undefined);
  return words.length === 0 ? null : words.join(" · ");
}
