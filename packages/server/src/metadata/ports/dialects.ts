import type { TaskStore } from "../../core/dialects/task-store.ts";
import type { Backend } from "./backend.ts";
import * as reads from "../stores/dialect-reads.ts";

export function createTaskStore({ reader, write }: Backend): TaskStore {
  return {
    find: (uploadId) => reads.findTask(reader, uploadId),
    findMany: (ids) => reads.findTasks(reader, ids),
    findByKey: (input) => reads.findTaskByKey(reader, input),
    chunkHash: (input) => reads.findChunkHash(reader, input),
    put: (input) => write("putTask", input),
    settleChunkSize: (input) => write("settleChunkSize", input),
    markSuspect: (input) => write("markSuspect", input),
    rename: (input) => write("renameUpload", input),
    countOpen: (input) => reads.countOpenUploads(reader, input),
    countByState: (ownerId) => reads.countByState(reader, ownerId),
  };
}
