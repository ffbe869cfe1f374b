import type { Capacity } from "../../core/blobs/capacity.ts";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { Clock } from "../../core/clock.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileStore } from "../../core/drive/file-store.ts";
import type { CompleteUpload } from "../../core/uploads/complete.ts";
import type { CreateUpload, CreateUploadResult, UploadLimits } from "../../core/uploads/create.ts";
import type { UploadLifecycle } from "../../core/uploads/lifecycle.ts";
import type { ReceiveBytes } from "../../core/uploads/receive.ts";
import type { UploadStore } from "../../core/uploads/upload-store.ts";
import type { Authenticate } from "../shared/authenticate.ts";
import type { BodyOptions } from "../shared/body-source.ts";

export interface TusDependencies {
  readonly access: DriveAccess;
  readonly uploads: Pick<UploadStore, "find" | "join" | "transition">;
  readonly files: Pick<FileStore, "find" | "remove">;
  readonly createUpload: (input: CreateUpload) => Promise<CreateUploadResult>;
  readonly receiveBytes: ReceiveBytes;
  readonly completeUpload: CompleteUpload;
  readonly lifecycle: Pick<UploadLifecycle, "abort">;
  readonly capacity: Pick<Capacity, "assertRoom">;
  readonly readContent: ReadContent;
  readonly authenticate: Authenticate;
  readonly body: BodyOptions;
  readonly clock: Clock;
  readonly limits: UploadLimits;
  /** Web origins that may call; absent: any, because a token that no browser sends by itself is what protects. */
  readonly allowedOrigins?: readonly string[];
}
