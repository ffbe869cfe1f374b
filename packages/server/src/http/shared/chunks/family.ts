/** What the dialects of chunked upload families are made of. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ReadContent } from "../../../core/blobs/content.ts";
import type { Clock } from "../../../core/clock.ts";
import type { TaskStore } from "../../../core/dialects/task-store.ts";
import type { DriveAccess } from "../../../core/drive/access.ts";
import type { FileStore } from "../../../core/drive/file-store.ts";
import type {
  CreateUpload,
  CreateUploadResult,
  UploadLimits,
} from "../../../core/uploads/create.ts";
import type { UploadLifecycle } from "../../../core/uploads/lifecycle.ts";
import type { UploadStore } from "../../../core/uploads/upload-store.ts";
import type { Admission } from "../admission/admission.ts";
import type { ChunkBodies } from "./chunk-form.ts";
import type { FinishTask } from "./finish-task.ts";

export interface FamilyDependencies {
  readonly uploads: Pick<UploadStore, "annexes" | "find" | "forgetEnded" | "list" | "ranges">;
  readonly files: Pick<FileStore, "find" | "list">;
  readonly access: Pick<DriveAccess, "open">;
  readonly tasks: TaskStore;
  readonly createUpload: (input: CreateUpload) => Promise<CreateUploadResult>;
  readonly lifecycle: UploadLifecycle;
  readonly finishTask: FinishTask;
  readonly readContent: ReadContent;
  readonly admission: Admission;
  readonly chunkBodies: ChunkBodies;
  /** Signed in, or the inbox where nobody has to be. */
  readonly authenticateOrInbox: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly clock: Clock;
  readonly limits: UploadLimits;
  /** Open tasks of one user in the task API. */
  readonly maxOpenTasks: number;
}
