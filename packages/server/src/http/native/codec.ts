/** Core values as the native API shows them. */
import type { FileEntry } from "../../core/drive/file-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";

const instant = (ms: number): string => new Date(ms).toISOString();

export function formatFile(file: FileEntry) {
  const { id, parentId, name, size, mediaType, digests, version } = file;
  return {
    id,
    parentId,
    name,
    size,
    mediaType,
    digests,
    version,
    createdAt: instant(file.createdAt),
    modifiedAt: instant(file.modifiedAt),
  };
}

export function formatUpload(upload: Upload, extra: { missing?: number[]; file?: FileEntry } = {}) {
  const { id, parentId, name, size, partSize, state, offset, receivedBytes, dialect, failure } =
    upload;
  return {
    id,
    parentId,
    name,
    size,
    partSize,
    state,
    offset,
    receivedBytes,
    digests: upload.claimed,
    dialect,
    ...(failure === null ? {} : { failure }),
    createdAt: instant(upload.createdAt),
    updatedAt: instant(upload.updatedAt),
    expiresAt: instant(upload.expiresAt),
    ...(extra.missing ? { missing: extra.missing } : {}),
    ...(extra.file ? { file: formatFile(extra.file) } : {}),
  };
}
