/**
 * `POST /files/batch`: many small files, one flush, one commit.
 *
 * The body repeats a frame: one line of JSON (`{"name" or "path", "size", "sha256"?, "mediaType"?}`, at most 8 KiB, ended by LF) and exactly
 * `size` bytes. The frame is parsed before anything is stored; each file then has an outcome of its own.
 */
import { hash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { assertDigests } from "../../core/blobs/digest.ts";
import type { StoreSmallFile } from "../../core/blobs/small-files.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { Adder } from "../../core/drive/adder.ts";
import type { FileEntry } from "../../core/drive/file-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { createBodySource, type BodyOptions } from "../shared/body-source.ts";
import { collectBody } from "../shared/collect.ts";
import { createGate } from "../shared/gate.ts";
import { mediaTypeOf } from "../shared/media-type.ts";
import { problemOf, logFailure } from "../shared/problem.ts";
import { adderTo, openPlace } from "../shared/target.ts";
import { smallFileBytes } from "../shared/whole-file.ts";
import { splitPlace } from "./place.ts";
import { formatFile } from "./codec.ts";
import { batchSchema, placeQuery, problemSchema } from "./schemas.ts";

export const batchLimits = { maxFiles: 1_000, maxBytes: 32 * 1024 * 1024 };
const maxHeadBytes = 8 * 1024;
const batchMediaType = "application/vnd.sampan.batch";
/** Each holds its body in memory. */
const batchesAtOnce = 4;
/** One of them may not dawdle: others wait for its place. */
const largeRate = { minBytesPerSecond: 64 * 1024, windowMs: 10_000 };

export interface BatchRoutes {
  readonly storeSmallFile: StoreSmallFile;
  readonly access: DriveAccess;
  readonly body: BodyOptions;
}

interface Frame {
  readonly folders: readonly string[];
  readonly name: string;
  readonly mediaType: string | null;
  readonly bytes: Buffer;
  readonly sha256: string | undefined;
}

const headSchema = z.strictObject({
  name: z.string().max(1024).optional(),
  path: z.string().max(4096).optional(),
  size: z.int().min(0).max(smallFileBytes),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .transform((text) => text.toLowerCase())
    .optional(),
  mediaType: z.string().max(255).optional(),
});

export function registerBatch(
  instance: FastifyInstance,
  { storeSmallFile, access, body }: BatchRoutes,
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const gate = createGate(batchesAtOnce);

  app.post(
    "/files/batch",
    {
      config: { bytes: { mediaType: batchMediaType } },
      schema: {
        tags: ["Files"],
        summary: "Many small files, one durable commit",
        querystring: placeQuery,
        response: { 200: batchSchema, "4XX": problemSchema, "5XX": problemSchema },
      },
    },
    async (request) => {
      if (request.headers["content-type"] !== batchMediaType) throw new WrongBatchType();
      const { onConflict = "fail" } = request.query;
      const place = await openPlace(access, { request, id: request.query.parentId });
      // One object for all: it crosses to the writer once.
      const adder = adderTo(place, request);
      const common = { ...place, adder, actor: actorOf(request), onConflict };
      const isLarge = Number(request.headers["content-length"] ?? Infinity) > smallFileBytes;
      const source = createBodySource(request.raw, isLarge ? { ...body, rate: largeRate } : body);
      // What is no larger than a single small file waits for nobody, as that does not.
      const inTurn = isLarge ? gate : <T>(work: () => Promise<T>) => work();
      return inTurn(async () => {
        const limit = batchLimits.maxBytes + batchLimits.maxFiles * maxHeadBytes;
        const frames = parseFrames(await collectBody(source, limit));
        const outcomes = await Promise.allSettled(
          frames.map((frame) => storeFrame(storeSmallFile, { frame, ...common })),
        );
        const results = outcomes.map((outcome) => {
          if (outcome.status === "rejected") {
            const problem = problemOf(outcome.reason);
            logFailure(request, { error: outcome.reason, status: problem.status });
            return { status: problem.status, problem };
          }
          return { status: 201 as const, file: formatFile(outcome.value) };
        });
        return { results };
      });
    },
  );
}

async function storeFrame(
  storeSmallFile: StoreSmallFile,
  {
    frame,
    ...common
  }: {
    frame: Frame;
    ownerId: string;
    parentId: string;
    adder: Adder | undefined;
    actor: Actor;
    onConflict: ConflictPolicy;
  },
): Promise<FileEntry> {
  const { folders, name, mediaType, bytes } = frame;
  const sha256 = hash("sha256", bytes, "hex");
  if (frame.sha256 !== undefined) assertDigests({ sha256 }, { sha256: frame.sha256 });
  return storeSmallFile({ ...common, folders, name, mediaType, bytes, sha256 });
}

/** Throws for a body that is not a sequence of frames; then nothing of it is stored. */
function parseFrames(body: Buffer): Frame[] {
  const frames: Frame[] = [];
  let position = 0;
  let bytes = 0;
  while (position < body.length) {
    const refuse = (reason: string): never => {
      throw new CoreError("invalid-request", { field: `files[${frames.length}]`, reason });
    };
    if (frames.length === batchLimits.maxFiles)
      refuse(`a batch holds at most ${batchLimits.maxFiles} files`);
    const end = body.indexOf(0x0a, position);
    if (end === -1 || end - position > maxHeadBytes)
      refuse("its head is not one line of JSON of at most 8 KiB");
    const head = headSchema.safeParse(parseJson(body.subarray(position, end)));
    if (!head.success) return refuse(head.error.issues[0]?.message ?? "its head is not valid");
    const { size, sha256, mediaType } = head.data;
    const place = splitPlace(head.data);
    if (place === undefined) return refuse("its head has one of name and path");
    const { folders, name } = place;
    bytes += size;
    if (bytes > batchLimits.maxBytes)
      throw new CoreError("body-too-long", { limitBytes: batchLimits.maxBytes });
    if (end + 1 + size > body.length) refuse("the body ends inside its bytes");
    frames.push({
      folders,
      name,
      mediaType: mediaTypeOf(mediaType, name),
      bytes: body.subarray(end + 1, end + 1 + size),
      sha256,
    });
    position = end + 1 + size;
  }
  return frames;
}

/** Undefined, which no schema accepts, for what is not JSON; a `__proto__` key is refused by the strict schema. */
function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text)) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

class WrongBatchType extends Error {
  override readonly name = "WrongBatchType";
  readonly statusCode = 415;

  constructor() {
    super(`the Content-Type of a batch is ${batchMediaType}`);
  }
}
