import type { Share } from "@sampan/sdk";
import type { Format } from "../text/format.ts";
import type { SharingTexts } from "./words-english.ts";

/** What holds for a share, in a few words each. */
export function describeShare(
  share: Share,
  { words, format }: { words: SharingTexts; format: Format },
): string[] {
  const { kind, hasPassword, expiresAt, maxDownloads, downloads, previewOnly } = share;
  const facts: string[] = [];
  if (hasPassword) facts.push(words.hasPassword);
  if (expiresAt !== null) {
    const isOver = Date.parse(expiresAt) <= Date.now();
    facts.push(isOver ? words.hasEnded : words.until(format.date(expiresAt)));
  }
  if (previewOnly) facts.push(words.lookOnly);
  else if (kind === "link") {
    if (maxDownloads !== null) facts.push(words.used(downloads, maxDownloads));
    else if (downloads > 0) facts.push(words.usedFreely(downloads));
  }
  if (kind === "request") facts.push(describeReceived(share, { words, format }));
  return facts;
}

function describeReceived(
  { receivedBytes, maxBytes }: Share,
  { words, format }: { words: SharingTexts; format: Format },
): string {
  const received = format.bytes(receivedBytes);
  return maxBytes === null
    ? words.received(received)
    : words.receivedOf(received, format.bytes(maxBytes));
}
