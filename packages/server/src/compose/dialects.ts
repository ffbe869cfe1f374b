/** Composes the dialects of other upload families: tasks, spool, admission, and the account of callers who have none. */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Settings } from "../config/settings.ts";
import type { Account, AccountStore } from "../core/accounts/account-store.ts";
import type { BlobStore } from "../core/blobs/blob-store.ts";
import type { Capacity } from "../core/blobs/capacity.ts";
import type { ContentHasher } from "../core/blobs/content-hasher.ts";
import { assertMayBegin, type DiskUse } from "../core/blobs/disk-use.ts";
import type { Spool } from "../core/blobs/spool.ts";
import type { Clock } from "../core/clock.ts";
import type { FileStore } from "../core/drive/file-store.ts";
import type { BlobIndex } from "../core/blobs/blob-index.ts";
import { createAddChecksums } from "../core/blobs/add-checksums.ts";
import { createAssembleUpload } from "../core/dialects/assemble-upload.ts";
import { createAdoptContent, type AdoptContent } from "../core/dialects/adopt-content.ts";
import { createReceiveChunk, type ReceiveChunk } from "../core/dialects/receive-chunk.ts";
import { CoreError } from "../core/errors.ts";
import type { ActiveUploads } from "../core/uploads/active.ts";
import type { CompleteUpload } from "../core/uploads/complete.ts";
import type { ReceiveBytes } from "../core/uploads/receive.ts";
import type { InstantStore } from "../core/uploads/instant-store.ts";
import type { UploadStore } from "../core/uploads/upload-store.ts";
import { createAdmission } from "../http/shared/admission/admission.ts";
import type { Authenticate } from "../http/shared/authenticate.ts";
import type { BodyOptions } from "../http/shared/body-source.ts";
import type { FamilyDependencies } from "../http/shared/chunks/family.ts";
import { createFinishTask } from "../http/shared/chunks/finish-task.ts";
import { createMemoryBudget } from "../core/blobs/memory-budget.ts";
import { registerDriveApi } from "../http/drive-api/routes.ts";
import type { DriveDependencies } from "../http/drive-api/dependencies.ts";
import { registerMultipartApi } from "../http/multipart-api/routes.ts";
import { registerNetdisk } from "../http/netdisk/routes.ts";
import { registerGoUploader, type UploaderDependencies } from "../http/go-uploader/routes.ts";
import { registerTaskApi } from "../http/task-api/routes.ts";
import type { FamilyMetrics } from "../operations/family-metrics.ts";

/** Of all bodies together whose place is not known yet; what is more lies in scratch files. */
const spoolMemoryBytes = 32 * 1024 * 1024;
const inboxId = "00000000-0000-7000-8000-000000000001";

type Given = Omit<
  FamilyDependencies,
  "finishTask" | "admission" | "chunkBodies" | "authenticateOrInbox" | "maxOpenTasks"
>;

export interface DialectParts
  extends Omit<Given, "files">, Omit<DriveDependencies, "addChecksums" | "admission" | "files"> {
  readonly files: FileStore;
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
  readonly diskUse: DiskUse;
  readonly health: UploaderDependencies["health"];
  readonly metrics: FamilyMetrics;
  readonly body: BodyOptions;
  readonly clock: Clock;
  readonly instant: InstantStore;
  readonly receiveBytes: ReceiveBytes;
  readonly completeUpload: CompleteUpload;
}

export async function composeDialects(
  parts: DialectParts,
): Promise<(http: FastifyInstance) => void> {
  const { settings, logger, clock, hasher, spool, body, tasks, uploads, metrics } = parts;
  const onCleanUpError = (error: unknown): void =>
    logger.warn({ err: error }, "a staging file could not be removed; start-up will");
  const adoptOwn = createAdoptContent({ ...parts, onCleanUpError });
  const adoptContent: AdoptContent = settings.instant === "off" ? async () => undefined : adoptOwn;
  const assembleUpload = createAssembleUpload({ ...parts, onCleanUpError });
  const { completeUpload, authenticate } = parts;
  const family: FamilyDependencies = {
    ...parts,
    async createUpload(input) {
      await assertMayBegin(parts.diskUse, input.size ?? 0);
      return parts.createUpload(input);
    },
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
      receiveChunk: countChunks(createReceiveChunk(parts), metrics),
      maxChunkBytes: settings.maxChunkBytes,
      spooling: { spool, hasher, memory: createMemoryBudget(spoolMemoryBytes) },
    },
    authenticateOrInbox: await composeAuthentication(parts),
    maxOpenTasks: settings.maxOpenTasks,
  };
  addGauges(parts, family);
  return (http) => {
    countRequests(http, metrics);
    registerTaskApi(http, family);
    registerGoUploader(http, { ...family, health: parts.health, diskUse: parts.diskUse, metrics });
    const { admission } = family;
    const addChecksums = createAddChecksums(parts);
    registerDriveApi(http, { ...parts, admission, addChecksums });
    registerNetdisk(http, { ...parts, ...family, files: parts.files });
    registerMultipartApi(http, {
      ...family,
      authenticate,
      assembleUpload,
      instant: parts.instant,
      isInstantOn: settings.instant !== "off",
    });
  };
}

function addGauges({ metrics, diskUse, active }: DialectParts, family: FamilyDependencies): void {
  const { queue } = family.admission;
  metrics.addGauge({
    name: "sampan_chunks_running",
    help: "Chunks that are being taken in",
    read: () => queue.running,
  });
  metrics.addGauge({
    name: "sampan_chunks_waiting",
    help: "Chunks that wait for their turn",
    read: () => queue.waiting,
  });
  metrics.addGauge({
    name: "sampan_active_writers",
    help: "Bodies that are being written, in any dialect",
    read: () => active.writers,
  });
  metrics.addGauge({
    name: "sampan_disk_free_bytes",
    help: "Free on the volume",
    read: async () => (await diskUse()).freeBytes,
  });
}

const dialectsByPath: readonly [prefix: string, dialect: string][] = [
  ["/api/v1/", "native"],
  ["/api/", "task-api"],
  ["/uploads/", "task-api"],
  ["/go-uploader/", "go-uploader"],
  ["/file/mpupload/", "multipart-api"],
  ["/file/", "drive-api"],
  ["/user/", "drive-api"],
  ["/netdisk/", "netdisk"],
  ["/files", "tus"],
];

/** By route, not by what was asked for: strangers must not be able to invent labels. */
function countRequests(http: FastifyInstance, metrics: FamilyMetrics): void {
  http.addHook("onResponse", (request, reply, done) => {
    const path = request.routeOptions.url ?? "";
    const [, dialect] = dialectsByPath.find(([prefix]) => path.startsWith(prefix)) ?? ["", "other"];
    const { statusCode: status, elapsedTime } = reply;
    metrics.countRequest({ dialect, status, seconds: elapsedTime / 1000 });
    if (status === 500) metrics.countError("request");
    done();
  });
}

function countChunks(receiveChunk: ReceiveChunk, metrics: FamilyMetrics): ReceiveChunk {
  return async (chunk) => {
    const bytes = chunk.range.end - chunk.range.start;
    try {
      const upload = await receiveChunk(chunk);
      metrics.countChunk({ bytes, isRecorded: true });
      return upload;
    } catch (error) {
      metrics.countChunk({ bytes, isRecorded: false });
      throw error;
    }
  };
}

/** Who sends no credentials at all is the inbox, where that is allowed; wrong ones are refused all the same. */
async function composeAuthentication({
  settings,
  logger,
  accounts,
  authenticate,
  clock,
}: DialectParts): Promise<(request: FastifyRequest, reply: FastifyReply) => Promise<void>> {
  if (!settings.compatAnonymous) return authenticate;
  logger.warn("compatAnonymous is on: whoever reaches this server can write to its inbox");
  const quotaBytes = settings.quotaBytes ?? null;
  const now = clock.now();
  await accounts.ensureOwner({ id: inboxId, name: "inbox", role: "member", quotaBytes, now });
  const inbox = async (): Promise<Account> => {
    const account = await accounts.find(inboxId);
    if (!account) throw new CoreError("unauthenticated", {});
    return account;
  };
  return async (request, reply) => {
    if (request.headers.authorization !== undefined) return authenticate(request, reply);
    request.account = await inbox();
  };
}
