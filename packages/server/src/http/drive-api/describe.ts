/** Files as this family shows them. */
import type { FileEntry } from "../../core/drive/file-store.ts";

/** Its clients compute SHA-1, so that is a file's hash where it is known; else the SHA-256. */
export function describeFile(file: FileEntry) {
  const { sha1, sha256, md5 } = file.digests;
  const FileHash = sha1 ?? sha256 ?? md5 ?? "";
  return {
    FileHash,
    FileSha1: sha1 ?? "",
    FileName: file.name,
    FileSize: file.size,
    Location: `/file/download?filehash=${FileHash}`,
    UploadAt: formatTime(file.createdAt),
    LastUpdated: formatTime(file.modifiedAt),
  };
}

/** `YYYY-MM-DD hh:mm:ss`, UTC. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
