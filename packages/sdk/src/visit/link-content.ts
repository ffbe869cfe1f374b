/** What a visitor takes from a link. However many ranges of one thing are asked for, one visitor's are one download. */
import { callEmpty, type Call, type CallOptions } from "../call.ts";
import {
  rangeHeaders,
  readContentInfo,
  type ContentInfo,
  type GetContent,
} from "../client/content.ts";
import type { DownloadTickets } from "./download-tickets.ts";

/** Of what is shared, by ids; everything unless said. */
export interface LinkSelection {
  ids?: readonly string[] | undefined;
}

interface Wanted {
  path: string;
  query?: { ids: string | undefined };
  /** What the server calls it in tickets. */
  target: string;
}

export function createLinkContent(
  call: Call,
  {
    base,
    tickets,
    key,
  }: {
    base: string;
    tickets: DownloadTickets;
    key: () => Readonly<Record<string, string | undefined>>;
  },
) {
  async function head({ path, query, target }: Wanted, { signal }: CallOptions) {
    const headers = { ...key(), "Sampan-Download": tickets.find(target) };
    const request = { method: "HEAD", path: `${base}${path}`, query, headers, signal };
    return readContentInfo(await callEmpty(call, request));
  }

  function get({ path, query, target }: Wanted, { signal, ...wanted }: GetContent) {
    return tickets.ask(target, (ticket) => {
      signal?.throwIfAborted();
      const headers = { ...key(), "Sampan-Download": ticket, ...rangeHeaders(wanted) };
      return call({ method: "GET", path: `${base}${path}`, query, headers, signal });
    });
  }

  return {
    /** Counts no download. Throws `preview-only`. */
    headContent: (id: string, options: CallOptions = {}): Promise<ContentInfo> =>
      head(contentOf(id), options),

    /** The raw answer: 206 for a range, 200 for the whole, its body not yet read. */
    getContent: (id: string, options: GetContent = {}): Promise<Response> =>
      get(contentOf(id), options),

    headArchive: (selection: LinkSelection = {}, options: CallOptions = {}): Promise<ContentInfo> =>
      head(archiveOf(selection), options),

    /** As one ZIP: as `getContent`. */
    getArchive: (selection: LinkSelection = {}, options: GetContent = {}): Promise<Response> =>
      get(archiveOf(selection), options),
  };
}

function contentOf(id: string): Wanted {
  return { path: `/content/${encodeURIComponent(id)}`, target: `content ${id}` };
}

function archiveOf({ ids }: LinkSelection): Wanted {
  const target = `zip ${ids?.toSorted().join() ?? ""}`;
  return { path: "/zip", query: { ids: ids?.join(",") }, target };
}
