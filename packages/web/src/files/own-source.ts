import type { Client } from "@sampan/sdk";
import type { PreviewSource } from "../preview/preview-source.ts";

/** Previews of the drive, and of what others share: by the session's cookies. */
export function createOwnSource(client: Pick<Client, "getExcerpt">): PreviewSource {
  const base = (id: string): string => `/api/v1/files/${encodeURIComponent(id)}`;
  return {
    thumbnailUrl: ({ id, version = 1 }, size) => `${base(id)}/thumbnail?size=${size}&v=${version}`,
    contentUrl: ({ id }) => `${base(id)}/content?download=0`,
    getExcerpt: ({ id, version }, { signal }) => client.getExcerpt(id, { version, signal }),
    isCounted: false,
  };
}
