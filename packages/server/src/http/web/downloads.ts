/**
 * Downloads for the browser's own download manager, which streams to disk and resumes, but carries
 * no bearer token: `POST /api/web/downloads {fileId}` with the token answers `{url}`, a ticket for
 * that one file, and `GET {url}` sends it.
 */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AccountStore } from "../../core/accounts/account-store.ts";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { FileEntry, FileStore } from "../../core/drive/file-store.ts";
import { CoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { accountOf, type Authenticate } from "../shared/authenticate.ts";
import { sendContent } from "../shared/content-response.ts";
import type { Tickets } from "./tickets.ts";

export interface DownloadRoutes {
  readonly authenticate: Authenticate;
  readonly files: FileStore;
  readonly accounts: Pick<AccountStore, "find">;
  readonly readContent: ReadContent;
  /** Revoked with the token that they were issued for. */
  readonly tickets: Tickets;
}

const path = "/api/web/downloads";
const schema = { hide: true };

export function registerDownloads(instance: FastifyInstance, routes: DownloadRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { files, readContent, tickets } = routes;

  const found = (file: FileEntry | undefined, id: string): FileEntry => {
    if (!file) throw new CoreError("file-not-found", { id });
    return file;
  };

  app.post(
    path,
    {
      onRequest: routes.authenticate,
      schema: { ...schema, body: z.strictObject({ fileId: z.string().max(100) }) },
    },
    async (request, reply) => {
      const { fileId } = request.body;
      const file = found(isId(fileId) ? await files.find(fileId) : undefined, fileId);
      if (file.ownerId !== accountOf(request).id)
        throw new CoreError("file-not-found", { id: fileId });
      reply.header("cache-control", "no-store");
      return { url: `${path}/${tickets.issue(fileId)}` };
    },
  );

  app.get(
    `${path}/:ticket`,
    {
      // The ticket says what may be fetched.
      config: { access: "public" },
      schema: { ...schema, params: z.object({ ticket: z.string().max(300) }) },
    },
    async (request, reply) => {
      const fileId = tickets.redeem(request.params.ticket);
      if (fileId === undefined) throw new CoreError("unauthenticated", {});
      const file = found(await files.find(fileId), fileId);
      // A ticket outlives the session that asked for it, and not the account.
      const owner = await routes.accounts.find(file.ownerId);
      if (owner?.disabledAt !== null) throw new CoreError("unauthenticated", {});
      reply.header("referrer-policy", "no-referrer");
      return sendContent({ request, reply }, { file, readContent, inline: false });
    },
  );
}
