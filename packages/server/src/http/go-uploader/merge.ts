/** `POST /go-uploader/merge_chunks`: JSON, or a form. */
import { parseName } from "../../core/drive/name.ts";
import type { Actor } from "../../core/events.ts";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { assertReceiving, type Upload } from "../../core/uploads/upload.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { parseHexDigest, parseIndex } from "../shared/chunks/parse-digest.ts";
import { explainMissing, layoutOf } from "../shared/chunks/task-layout.ts";
import { pick, type Fields } from "../shared/fields.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { findPublished } from "../shared/published.ts";
import { formatDownloadUrl } from "../shared/download-url.ts";
import { getTask, parseFileId } from "./find-task.ts";
import { names } from "./names.ts";

export async function mergeUploaderChunks(
  dependencies: FamilyDependencies,
  { ownerId, actor, fields }: { ownerId: string; actor: Actor; fields: Fields },
): Promise<object> {
  const { uploads, files, access, tasks, finishTask, clock } = dependencies;
  const fileId = parseFileId(fields);
  const { upload, task } = await getTask(dependencies, { ownerId, fileId });
  const { id } = upload;
  assertCount(task?.totalChunks ?? null, pick(fields, names.totalChunks));
  const digest = pick(fields, names.fileDigest);
  const claimed = digest === undefined ? {} : parseHexDigest(digest, "file_md5");
  const wantedName = pick(fields, names.fileName);
  const name = wantedName === undefined ? undefined : parseName(wantedName);
  const prepare = async (now: Upload): Promise<Upload> => {
    if (now.state === "completing" || name === undefined || name === now.name) return now;
    assertReceiving(now);
    return tasks.rename({ uploadId: id, name, now: clock.now() });
  };
  try {
    const done = await finishTask({ id, ownerId, actor, claimed, prepare });
    const file = await findPublished({ files, access }, done);
    if (!file) throw new CoreError("file-not-found", { id: fileId });
    const { digests } = file;
    return {
      file_id: fileId,
      file_name: file.name,
      file_size: file.size,
      file_md5: digests.md5 ?? null,
      file_sha256: digests.sha256 ?? null,
      state: "complete",
      download_url: formatDownloadUrl(file),
    };
  } catch (error) {
    if (!isCoreError(error, "upload-incomplete")) throw error;
    const now = await findOwnUpload(uploads, { id, ownerId });
    const layout = layoutOf(now, await tasks.find(id));
    if (!layout) throw error;
    throw explainMissing(error, { layout, held: await uploads.ranges(id) });
  }
}

function assertCount(known: number | null, told: string | undefined): void {
  if (told === undefined || known === null || parseIndex(told, "total_chunks") === known) return;
  const reason = `declared before as ${known}`;
  throw new CoreError("invalid-request", { field: "total_chunks", reason });
}
