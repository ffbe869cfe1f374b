/** `Upload-Concat: final`: the partials' bytes become one file, whatever their size, without being touched. */
import type { FastifyRequest } from "fastify";
import { parseName } from "../../core/drive/name.ts";
import { CoreError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import { single } from "../shared/headers.ts";
import { openTarget } from "../shared/target.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import type { TusDependencies } from "./dependencies.ts";
import { formatEcho } from "./describe.ts";
import { generatedName } from "./generated-name.ts";
import { hasBody, type Concat } from "./headers.ts";
import { readMetadata } from "./metadata.ts";

export async function concatenate(
  { uploads, access, clock, limits }: TusDependencies,
  { request, concat }: { request: FastifyRequest; concat: Extract<Concat, { kind: "final" }> },
): Promise<Upload> {
  const { raw } = request;
  const { id: ownerId } = accountOf(request);
  assertOnlyConcat(request);
  const header = single(raw.headers["upload-metadata"], "Upload-Metadata");
  const { name, parentId, folders, mediaType, onConflict } = readMetadata(header);
  folders.forEach(parseName);
  await assertSize(uploads, { ownerId, partialIds: concat.partialIds, limits });
  const now = clock.now();
  return uploads.join({
    partialIds: [...concat.partialIds],
    folders,
    blobId: newId(now),
    fileId: newId(now),
    now,
    upload: {
      id: newId(now),
      ownerId,
      actor: actorOf(request),
      dialect: "tus",
      purpose: "file",
      parentId: await openTarget(access, { request, id: parentId }),
      name: parseName(name ?? generatedName(now)),
      mediaType,
      metadata: formatEcho({
        ...(header === undefined ? {} : { "Upload-Metadata": header }),
        "Upload-Concat": concat.header,
      }),
      size: null,
      partSize: limits.defaultPartBytes,
      claimed: {},
      onConflict,
      durability: limits.durability,
      resumeKey: null,
      annexOf: null,
      autoComplete: true,
      createdAt: now,
      expiresAt: now + limits.uploadTtlMs,
    },
  });
}

/** The length is that of the partials, and a final upload has no bytes of its own. */
function assertOnlyConcat({ raw }: FastifyRequest): void {
  const excluded = ["Upload-Length", "Upload-Defer-Length"].find(
    (name) => raw.headers[name.toLowerCase()] !== undefined,
  );
  if (excluded === undefined && !hasBody(raw)) return;
  const field = excluded ?? "body";
  throw new CoreError("invalid-request", { field, reason: "not allowed in a final upload" });
}

/** Each partial is within the limit; their sum need not be. Whether they can be joined at all, `join` decides. */
async function assertSize(
  uploads: TusDependencies["uploads"],
  {
    ownerId,
    partialIds,
    limits,
  }: { ownerId: string; partialIds: readonly string[]; limits: { maxFileBytes: number } },
): Promise<void> {
  let sizeBytes = 0;
  for (const id of partialIds)
    sizeBytes += (await findOwnUpload(uploads, { id, ownerId })).receivedBytes;
  if (sizeBytes <= limits.maxFileBytes) return;
  throw new CoreError("file-too-large", { limitBytes: limits.maxFileBytes, sizeBytes });
}
