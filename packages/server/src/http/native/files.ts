/** `/files`: what is stored, its content, and a whole file in one request. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { Digests } from "../../core/blobs/digest.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { ChangeTree } from "../../core/drive/change-tree.ts";
import type { FileEntry, FileStore } from "../../core/drive/file-store.ts";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { keepAskingAccess } from "../shared/ask-access.ts";
import { accountOf } from "../shared/authenticate.ts";
import { createBodySource, type BodyOptions } from "../shared/body-source.ts";
import { sendContent } from "../shared/content-response.ts";
import { parseDigestHeader, single } from "../shared/headers.ts";
import { mediaTypeOf } from "../shared/media-type.ts";
import { memberOf } from "../shared/member.ts";
import { adderTo, openPlace } from "../shared/target.ts";
import {
  smallFileBytes,
  storeWholeFile,
  type WholeFile,
  type WholeFileDependencies,
} from "../shared/whole-file.ts";
import { deleteQuery } from "./node-schemas.ts";
import { formatFile } from "./codec.ts";
import {
  placeQuery,
  contentQuery,
  filePageSchema,
  fileSchema,
  idParams,
  listFilesQuery,
  nameParams,
  problemSchema,
} from "./schemas.ts";

export interface FileRoutes extends WholeFileDependencies {
  readonly files: FileStore;
  readonly readContent: ReadContent;
  readonly body: BodyOptions;
  readonly access: DriveAccess;
  readonly changeTree: ChangeTree;
}

export type PutFileRoutes = Pick<FileRoutes, keyof WholeFileDependencies | "body">;

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Files"];

export function registerFiles(instance: FastifyInstance, routes: FileRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { files, access, changeTree, readContent } = routes;

  const own = (request: FastifyRequest, id: string) => openFile(routes, { request, id });

  app.get(
    "/files",
    {
      schema: {
        tags,
        summary: "List files by name",
        querystring: listFilesQuery,
        response: { 200: filePageSchema, ...refused },
      },
    },
    async (request) => {
      const { limit, cursor, prefix, name, parentId } = request.query;
      const page = await files.list({
        ...(await openPlace(access, { request, id: parentId, right: "view" })),
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        ...(prefix === undefined ? {} : { prefix }),
        ...(name === undefined ? {} : { name }),
      });
      return { items: page.items.map(formatFile), nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/files/:id",
    {
      schema: {
        tags,
        summary: "One file",
        params: idParams,
        response: { 200: fileSchema, ...refused },
      },
    },
    async (request) => formatFile(await own(request, request.params.id)),
  );

  app.delete(
    "/files/:id",
    {
      schema: {
        tags,
        summary: "To the trash, or for good",
        params: idParams,
        querystring: deleteQuery,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const { id } = await own(request, request.params.id);
      const by = memberOf(request);
      const isPermanent = request.query.permanent === "1";
      // Whoever was faster has done it: then there is no such file, here as everywhere.
      await (isPermanent ? changeTree.remove(by, [id]) : changeTree.trash(by, [id])).catch(
        (error: unknown) => {
          if (isCoreError(error, "node-not-found")) throw new CoreError("file-not-found", { id });
          throw error;
        },
      );
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/files/:id/content",
    {
      schema: {
        tags,
        summary: "The bytes: Range, conditionals, digest",
        params: idParams,
        querystring: contentQuery,
      },
    },
    async (request, reply) => {
      const file = await own(request, request.params.id);
      return sendContent(
        { request, reply },
        { file, readContent, inline: request.query.download === "0" },
      );
    },
  );
}

/** The route whose body is bytes, in a scope without body parsers. */
export function registerFileBytes(instance: FastifyInstance, routes: FileRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.put(
    "/files/:name",
    {
      config: {
        bytes: {
          mediaType: "application/octet-stream",
          headers: { "content-digest": "RFC 9530; checked before anything is stored" },
        },
      },
      schema: {
        tags,
        summary: "A whole file in one request",
        params: nameParams,
        querystring: placeQuery,
        response: { 201: fileSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { access } = routes;
      const { parentId: id } = request.query;
      const place = await openPlace(access, { request, id });
      const adder = adderTo(place, request);
      // The body may have taken long: a share that was revoked meanwhile receives nothing.
      const stillOpen = async () => void (await openPlace(access, { request, id }));
      const file = await putFile(adder ? checkBeforeStoring(routes, stillOpen) : routes, {
        request,
        ...place,
        adder,
        name: request.params.name,
        onConflict: request.query.onConflict ?? "fail",
      });
      return reply.code(201).header("location", `/api/v1/files/${file.id}`).send(formatFile(file));
    },
  );
}

/** A live file of one's own, or in what is shared with one. Throws `file-not-found`. */
export async function openFile(
  { files, access }: Pick<FileRoutes, "files" | "access">,
  { request, id }: { request: FastifyRequest; id: string },
): Promise<FileEntry> {
  const accountId = accountOf(request).id;
  const file = isId(id) ? await files.find(id) : undefined;
  if (file === undefined) throw new CoreError("file-not-found", { id });
  if (file.ownerId === accountId) return file;
  await access.open({ accountId, id, right: "view" }).catch((error: unknown) => {
    if (isCoreError(error, "node-not-found")) throw new CoreError("file-not-found", { id });
    throw error;
  });
  keepAskingAccess(access, { request, accountId, ids: [id], right: "view" });
  return file;
}

/** Asks once more when every byte is there, before anything becomes a file. */
export function checkBeforeStoring<R extends WholeFileDependencies>(
  routes: R,
  check: () => Promise<void>,
): R {
  return {
    ...routes,
    async storeSmallFile(input: Parameters<WholeFileDependencies["storeSmallFile"]>[0]) {
      await check();
      return routes.storeSmallFile(input);
    },
    async completeUpload(input: Parameters<WholeFileDependencies["completeUpload"]>[0]) {
      await check();
      return routes.completeUpload(input);
    },
  };
}

/** Into the drive of `ownerId`, whoever sends it. */
export function putFile(
  routes: PutFileRoutes,
  {
    request,
    name,
    ...place
  }: Pick<
    WholeFile,
    "request" | "ownerId" | "adder" | "through" | "name" | "parentId" | "onConflict"
  >,
): Promise<FileEntry> {
  const claimed: Digests = {
    ...parseDigestHeader(single(request.headers["repr-digest"], "Repr-Digest"), "Repr-Digest"),
    ...parseDigestHeader(
      single(request.headers["content-digest"], "Content-Digest"),
      "Content-Digest",
    ),
  };
  const source = createBodySource(request.raw, routes.body);
  const { declaredLength } = source;
  return storeWholeFile(routes, {
    request,
    ...place,
    dialect: "native",
    name,
    mediaType: mediaTypeOf(request.headers["content-type"], name),
    claimed,
    source,
    isSmall: declaredLength !== null && declaredLength <= smallFileBytes,
  });
}
