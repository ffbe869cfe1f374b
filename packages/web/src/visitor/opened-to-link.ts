import type { Visitor } from "@sampan/sdk";
import { keyOf } from "../transfers/job-list.ts";
import type { OnOpened } from "../transfers/opened-uploads.ts";

/** The visitor for an uploader, which does not tell the ids of its uploads; without one, cancelling could not free what the server holds. */
export function tellOpenedToLink(visitor: Visitor, onOpened: OnOpened): Visitor {
  return {
    ...visitor,
    get keys() {
      return visitor.keys;
    },
    async rememberUpload(resumeKey, id) {
      await visitor.rememberUpload(resumeKey, id);
      if (id === null) return;
      onOpened({ sourceKey: keyOf({ name: "", parentId: "", resumeKey }), upload: { id } });
    },
  };
}
