/** Shares as lines of text. */
import type { Share, ShareLogLine, SharedWithMe } from "@sampan/sdk";
import { formatSharedPath } from "./shared-path.ts";
import { formatBytes, formatInstant, printable } from "./terminal/format.ts";

/** `id  link     Photos/  password, 2 of 5 downloads, until 2026-12-01 10:00  https://…` */
export function formatShare(share: Share): string {
  const { id, kind, node, url } = share;
  const what = node === null ? "(in the trash)" : nameOf(node);
  return [id, kind.padEnd(7), what, describeShare(share), url ?? ""].filter(Boolean).join("  ");
}

export function nameOf({ kind, name }: { kind: "file" | "folder"; name: string }): string {
  return `${printable(name)}${kind === "folder" ? "/" : ""}`;
}

/** Empty where there is nothing to say. */
export function describeShare(share: Share): string {
  const { kind, granteeName, right, maxDownloads, downloads, maxBytes, receivedBytes } = share;
  const facts = [
    kind === "user" && `${printable(granteeName ?? "an account that is gone")} may ${right}`,
    share.hasPassword && "password",
    share.previewOnly && "preview only",
    maxDownloads !== null && `${downloads} of ${maxDownloads} downloads`,
    maxDownloads === null && downloads > 0 && `${downloads} download${downloads === 1 ? "" : "s"}`,
    maxBytes !== null && `${formatBytes(receivedBytes)} of ${formatBytes(maxBytes)} received`,
    maxBytes === null && receivedBytes > 0 && `${formatBytes(receivedBytes)} received`,
    describeEnd(share.expiresAt),
  ];
  return facts.filter(Boolean).join(", ");
}

function describeEnd(expiresAt: string | null): string | false {
  if (expiresAt === null) return false;
  const isOver = Date.parse(expiresAt) <= Date.now();
  return `${isOver ? "expired" : "until"} ${formatInstant(expiresAt)}`;
}

export function formatSharedWithMe(shared: SharedWithMe): string {
  const { node, right, expiresAt } = shared;
  const path = `${printable(formatSharedPath(shared))}${node.kind === "folder" ? "/" : ""}`;
  const facts = [`you may ${right}`, describeEnd(expiresAt)].filter(Boolean).join(", ");
  return [node.id, "from   ", path, facts].join("  ");
}

export function formatLogLine({ at, kind, actor, data }: ShareLogLine): string {
  const { name, size, changed } = data;
  const facts = [
    typeof name === "string" && printable(name),
    typeof size === "number" && formatBytes(size),
    Array.isArray(changed) && changed.map(String).map(printable).join(", "),
  ];
  const what = kind.replace(/^share\./, "").padEnd(13);
  const who = (actor.address ?? "").padEnd(15);
  return [formatInstant(at), what, who, ...facts].filter(Boolean).join("  ").trimEnd();
}
