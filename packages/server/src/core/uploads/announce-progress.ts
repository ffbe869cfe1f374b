import type { LiveNotices } from "../events/live-notices.ts";
import type { UploadStore } from "./upload-store.ts";
import type { Upload } from "./upload.ts";

/** The same store, whose recorded ranges are told to whoever looks at the account. */
export function announceProgress(
  uploads: UploadStore,
  notices: Pick<LiveNotices, "publish">,
): UploadStore {
  const announce = (upload: Upload): Upload => {
    const { id, ownerId, offset, receivedBytes, size } = upload;
    const data = { offset, receivedBytes, size };
    if (upload.purpose !== "annex")
      notices.publish(ownerId, { kind: "upload.progress", subjectId: id, data });
    return upload;
  };
  return {
    ...uploads,
    recordRanges: async (input) => announce(await uploads.recordRanges(input)),
    dropRanges: async (input) => announce(await uploads.dropRanges(input)),
  };
}
