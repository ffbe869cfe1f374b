/** Composes the dialects of other upload families: tasks, spool, admission, and the account of callers who have none. */
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from "fastify";
import type { Settings } from "../config/settings.ts";
import type { Account, AccountStore } from "../core/accounts/account-store.ts";
import type { BlobStore } from "../core/blobs/blob-store.ts";
import type { Capacity } from "../core/blobs/capacity.ts";
import type { ContentHasher } from "../core/blobs/content-hasher.ts";
import type { Spool } from "../core/blobs/spool.ts";
import type { Clock } from "../core/clock.ts";
import type { BlobIndex } from "../core/blobs/blob-index.ts";
import { createAssembleUpload } from "../core/dialects/assemble-upload.ts";
import { createAdoptContent } from "../core/dialects/adopt-content.ts";
import { createReceiveChunk } from "../core/dialects/receive-chunk.ts";
import { CoreError } from "../core/errors.ts";
import type { ActiveUploads } from "../core/uploads/active.ts";
import type { CompleteUpload } from "../core/uploads/complete.ts";
import type { ReceiveBytes } from "../core/uploads/receive.ts";
import type { UploadStore } from "../core/uploads/upload-store.ts";
import { createAdmission } from "../http/shared/admission/admission.ts";
import type { Authenticate } from "../http/shared/authenticate.ts";
import type { BodyOptions } from "../http/shared/body-source.ts";
import type { FamilyDependencies } from "../http/shared/chunks/family.ts";
import { createFinishTask } from "../http/shared/chunks/finish-task.ts";
import { createMemoryBudget } from "../http/shared/chunks/spooled-body.ts";
import { registerMultipartApi } from "../http/multipart-api/routes.ts";
import { registerTaskApi } from "../http/task-api/routes.ts";

/** Of all bodies together whose place is not known yet; what is more lies in scratch files. */
const spoolMemoryBytes = 32 * 1024 * 1024;
export const inboxId = "00000000-0000-7000-8000-000000000001";

type Given = Omit<
  FamilyDependencies,
  "finishTask" | "admission" | "chunkBodies" | "authenticateOrInbox" | "maxOpenTasks"
>;

export interface DialectParts extends Given {
  readonly settings: Settings;
  readonly logger: FastifyBaseLogger;
  readonly uploads: UploadStore;
  readonly accounts: AccountStore;
  readonly authenticate: Authenticate;
  readonly index: BlobIndex;
  readonly blobs: BlobStore;
  readonly active: ActiveUploads;
  readonly capacity: Capacity;
  readonly hasher: ContentHasher;
  readonly spool: Spool;
  readonly body: BodyOptions;
  readonly clock: Clock;
  readonly receiveBytes: ReceiveBytes;
  readonly completeUpload: CompleteUpload;
}

export async function composeDialects(
  parts: DialectParts,
): Promise<(http: FastifyInstance) => void> {
  const { settings, logger, clock, hasher, spool, body, tasks, uploads } = parts;
  const onCleanUpError = (error: unknown): void =>
    logger.warn({ err: error }, "a staging file could not be removed; start-up will");
  const adoptContent = createAdoptContent({ ...parts, onCleanUpError });
  const assembleUpload = createAssembleUpload({ ...parts, onCleanUpError });
  const { completeUpload, authenticate } = parts;
  const family: FamilyDependencies = {
    ...parts,
    finishTask: createFinishTask({ uploads, tasks, adoptContent, completeUpload }),
    admission: createAdmission({
      clock,
      rate: { perSecond: settings.requestsPerSecond, burst: settings.requestBurst },
      chunks: {
        perUser: settings.maxChunksPerUser,
        total: settings.maxChunks,
        waiting: settings.maxWaitingChunks,
      },
    }),
    chunkBodies: {
      body,
      receiveChunk: createReceiveChunk(parts),
      maxChunkBytes: settings.maxChunkBytes,
      spooling: { spool, hasher, memory: createMemoryBudget(spoolMemoryBytes) },
    },
    authenticateOrInbox: await composeAuthentication(parts),
    maxOpenTasks: settings.maxOpenTasks,
  };
  return (http) => {
    registerTaskApi(http, family);
    registerMultipartApi(http, { ...family, authenticate, assembleUpload });
  };
}

/** Who sends no credentials at all is the inbox, where that is allowed; wrong ones are refused all the same. */
async function composeAuthentication({
  settings,
  logger,
  accounts,
  authenticate,
  clock,
}: DialectParts): Promise<(request: FastifyRequest) => Promise<void>> {
  if (!settings.compatAnonymous) return authenticate;
  logger.warn("compatAnonymous is on: whoever reaches this server can write to its inbox");
  const quotaBytes = settings.quotaBytes ?? null;
  await accounts.ensureOwner({ id: inboxId, name: "inbox", quotaBytes, now: clock.now() });
  const inbox = async (): Promise<Account> => {
    const account = await accounts.find(inboxId);
    if (!account) throw new CoreError("unauthenticated", {});
    return account;
  };
  return async (request) => {
    if (request.headers.authorization !== undefined) return authenticate(request);
    request.account = await inbox();
  };
}
