import type { Client, CreateUpload, Upload } from "@sampan/sdk";
import { keyOf } from "./job-list.ts";

/** Told which upload the server opened, or found again, for a resume key. */
export interface OnOpened {
  (opened: { sourceKey: string; upload: Pick<Upload, "id"> }): void;
}

/**
 * The client for an uploader, which does not tell the ids of its uploads. Creating is never cut
 * short by an abort: an upload whose id nobody learnt could not be cancelled.
 */
export function tellOpenedUploads(client: Client, onOpened: OnOpened): Client {
  return {
    ...client,
    async createUpload(input, { signal } = {}) {
      signal?.throwIfAborted();
      const made = await client.createUpload(input);
      onOpened({ sourceKey: sourceKeyOf(input), upload: made.upload });
      return made;
    },
  };
}

/** The uploader adds the answer to a conflict to the source's own key. */
function sourceKeyOf({ name, resumeKey = "", parentId = "root" }: CreateUpload): string {
  return keyOf({ name, resumeKey: resumeKey.slice(0, resumeKey.lastIndexOf(":")), parentId });
}
