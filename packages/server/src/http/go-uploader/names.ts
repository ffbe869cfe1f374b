/** The fields of the family, each with the spellings that are understood; the first is the one to use. */
export const names = {
  fileId: ["file_id", "fileId"],
  fileDigest: ["file_md5", "fileMd5", "file_hash", "fileHash"],
  fileName: ["file_name", "fileName", "filename"],
  fileSize: ["file_size", "fileSize", "total_size", "totalSize"],
  chunkIndex: ["chunk_index", "chunkIndex", "index"],
  chunkDigest: ["chunk_md5", "chunkMd5", "chunk_hash", "chunkHash"],
  chunkSize: ["chunk_size", "chunkSize"],
  totalChunks: ["total_chunks", "totalChunks"],
} as const;

export const fileFields: readonly string[] = ["file", "chunk", "data"];
