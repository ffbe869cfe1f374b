import { formatQuery } from "../call.ts";
import type { LinkSelection } from "./link-content.ts";

/**
 * Addresses for a page: a download of the browser's own, a picture. On a link with a password they work by the cookie that unlocking left; on one
 * with a limit, the browser's download keeps its ticket in a cookie too.
 */
export function createLinkAddresses(base: string) {
  return {
    contentUrl: (id: string, { inline = false }: { inline?: boolean } = {}): string =>
      `${base}/content/${encodeURIComponent(id)}${formatQuery({ download: inline ? 0 : undefined })}`,

    archiveUrl: ({ ids }: LinkSelection = {}): string =>
      `${base}/zip${formatQuery({ ids: ids?.join(",") })}`,

    thumbnailUrl: (
      id: string,
      { size = 256, version }: { size?: 256 | 1024; version?: number | undefined } = {},
    ): string => `${base}/thumbnail/${encodeURIComponent(id)}${formatQuery({ size, v: version })}`,
  };
}
