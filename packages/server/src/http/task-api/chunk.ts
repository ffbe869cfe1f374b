/** `POST /api/uploadChunk`: a form whose fields may come in any order, the chunk first too. */
import type { FastifyRequest } from "fastify";
import { assertIndex, chunkRange } from "../../core/dialects/chunk-layout.ts";
import { CoreError } from "../../core/errors.ts";
import { assertReceiving } from "../../core/uploads/upload.ts";
import { accountOf } from "../shared/authenticate.ts";
import { missing, receiveChunkForm, type FindPlace } from "../shared/chunks/chunk-form.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { parseHexDigest, parseIndex } from "../shared/chunks/parse-digest.ts";
import { layoutOf, settleChunkSize } from "../shared/chunks/task-layout.ts";
import { findOwnUpload } from "../shared/uploads.ts";

const fileField = "file_chunk";
const required = ["task_id", "chunk_index", "chunk_hash"] as const;

export async function receiveTaskChunk(
  dependencies: FamilyDependencies,
  request: FastifyRequest,
): Promise<void> {
  await receiveChunkForm(dependencies.chunkBodies, {
    request,
    fileField,
    isFile: ({ name }) => name === fileField,
    findPlace: createFindPlace(dependencies, accountOf(request).id),
  });
}

function createFindPlace({ uploads, tasks }: FamilyDependencies, ownerId: string): FindPlace {
  return async ({ fields, content }) => {
    const absent = required.find((name) => !fields.has(name));
    if (absent !== undefined && !content) return undefined;
    if (absent !== undefined) throw missing(absent);
    const [id, indexText, hash] = required.map((name) => fields.get(name)!) as [
      string,
      string,
      string,
    ];
    const index = parseIndex(indexText, "chunk_index");
    const claimed = parseHexDigest(hash, "chunk_hash");
    const upload = await findOwnUpload(uploads, { id, ownerId });
    assertReceiving(upload);
    const task = await tasks.find(id);
    const layout = layoutOf(upload, task);
    // Appended to by its own dialect, with no end in sight: there are no numbers yet.
    if (!layout) throw new CoreError("part-out-of-range", { number: index, parts: null });
    assertIndex(index, layout.totalChunks);
    const declared = await tasks.chunkHash({ uploadId: id, index });
    if (declared !== undefined && declared !== hash.toLowerCase()) {
      const [algorithm] = Object.keys(claimed) as [string];
      throw new CoreError("digest-mismatch", {
        algorithm,
        expected: declared,
        actual: hash.toLowerCase(),
      });
    }
    const chunkSize = await settleChunkSize(tasks, {
      uploadId: id,
      layout,
      index,
      claimed,
      content,
    });
    if (chunkSize === undefined) return undefined;
    const range = chunkRange({ ...layout, chunkSize }, index);
    return { upload, range, claimed, isSuspect: task?.isSuspect ?? false };
  };
}
