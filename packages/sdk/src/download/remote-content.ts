/** What can be downloaded: its head names size and version, and any of its ranges can be asked for. */
import type { CallOptions } from "../call.ts";
import type { Client } from "../client.ts";
import type { ArchiveAddress, ArchiveSelection } from "../client/archives.ts";
import type { ContentInfo, GetContent } from "../client/content.ts";
import { hasCode } from "../errors.ts";
import type { LinkSelection } from "../visit/link-content.ts";
import type { Visitor } from "../visit/visitor.ts";

export interface RemoteContent {
  head(options: CallOptions): Promise<ContentInfo>;
  get(options: GetContent): Promise<Response>;
}

export function fileContent(client: Client, fileId: string): RemoteContent {
  return {
    head: (options) => client.headContent(fileId, options),
    get: (options) => client.getContent(fileId, options),
  };
}

export function versionContent(
  client: Client,
  { id, number }: { id: string; number: number },
): RemoteContent {
  return {
    head: (options) => client.headVersion(id, number, options),
    get: (options) => client.getVersion(id, number, options),
  };
}

export function linkFileContent(visitor: Visitor, id: string): RemoteContent {
  return {
    head: (options) => visitor.headContent(id, options),
    get: (options) => visitor.getContent(id, options),
  };
}

export function linkArchiveContent(visitor: Visitor, selection: LinkSelection): RemoteContent {
  return {
    head: (options) => visitor.headArchive(selection, options),
    get: (options) => visitor.getArchive(selection, options),
  };
}

/** Ids are 36 characters; addresses of some 8,000 pass everywhere. */
const MAX_IDS_IN_ADDRESS = 100;

/** What is chosen stands in the address where it fits, so that the server may be restarted meanwhile; else it is kept there, and kept anew when it is lost. */
export function archiveContent(client: Client, selection: ArchiveSelection): RemoteContent {
  if ((selection.ids?.length ?? 0) <= MAX_IDS_IN_ADDRESS) {
    return {
      head: (options) => client.headArchive(selection, options),
      get: (options) => client.getArchive(selection, options),
    };
  }
  let kept: string | undefined;
  async function ask<Answer>(
    options: CallOptions,
    perform: (address: ArchiveAddress) => Promise<Answer>,
  ): Promise<Answer> {
    const { signal } = options;
    const id = kept ?? (await client.createArchive(selection, { signal })).id;
    kept = id;
    try {
      return await perform({ id });
    } catch (error) {
      if (!hasCode(error, "archive-not-found")) throw error;
      kept = (await client.createArchive(selection, { signal })).id;
      return await perform({ id: kept });
    }
  }
  return {
    head: (options) => ask(options, (address) => client.headArchive(address, options)),
    get: (options) => ask(options, (address) => client.getArchive(address, options)),
  };
}
