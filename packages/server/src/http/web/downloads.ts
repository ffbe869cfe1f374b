/**
 * Downloads for the browser's own download manager, which streams to disk and resumes, but carries
 * no bearer token: `POST /api/web/downloads {fileId}` with the token answers `{url}`, a ticket for
 * that one file, and `GET {url}` sends it. `{archiveId}` likewise: a selection that `POST /archive` has kept. What is shared with somebody they
 * may fetch as long as it is: the ticket then names them as well.
 */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AccountStore } from "../../core/accounts/account-store.ts";
import type { OpenArchive } from "../../core/archive/open-archive.ts";
import type { Selections } from "../../core/archive/selections.ts";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileEntry, FileStore } from "../../core/drive/file-store.ts";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { keepAskingAccess } from "../shared/ask-access.ts";
import { accountOf, type Authenticate } from "../shared/authenticate.ts";
import { sendArchive } from "../shared/archive-response.ts";
import { sendContent } from "../shared/content-response.ts";
import type { Tickets } from "./tickets.ts";

export interface DownloadRoutes {
  readonly authenticate: Authenticate;
  readonly files: FileStore;
  readonly access: DriveAccess;
  readonly accounts: Pick<AccountStore, "find">;
  readonly readContent: ReadContent;
  readonly openArchive: OpenArchive;
  readonly selections: Selections;
  /** Revoked with the token that they were issued for. */
  readonly tickets: Tickets;
}

const path = "/api/web/downloads";
/** Between a file and who reads it, in a ticket; no id has it. */
const forReader = "_";
const schema = { hide: true };
const id = z.string().max(100);
const downloadBody = z.union([z.strictObject({ fileId: id }), z.strictObject({ archiveId: id })]);

export function registerDownloads(instance: FastifyInstance, routes: DownloadRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { files, access, readContent, openArchive, selections, tickets } = routes;

  /** The id of what a ticket is asked for, if it is the account's. */
  const own = async (ownerId: string, wanted: z.infer<typeof downloadBody>): Promise<string> => {
    if ("archiveId" in wanted) {
      const { archiveId: id } = wanted;
      if ((await selections.find(id))?.accountId !== ownerId)
        throw new CoreError("archive-not-found", { id });
      return id;
    }
    const { fileId: id } = wanted;
    const file = found(isId(id) ? await files.find(id) : undefined, id);
    if (file.ownerId === ownerId) return id;
    await assertSeen({ accountId: ownerId, id });
    return `${id}${forReader}${ownerId}`;
  };
  const assertSeen = async ({ accountId, id }: { accountId: string; id: string }) => {
    try {
      await access.open({ accountId, id, right: "view" });
    } catch (error) {
      if (isCoreError(error, "node-not-found")) throw new CoreError("file-not-found", { id });
      throw error;
    }
  };
  const found = (file: FileEntry | undefined, id: string): FileEntry => {
    if (!file) throw new CoreError("file-not-found", { id });
    return file;
  };

  /** A ticket outlives the session that asked for it, and not the account. */
  const assertEnabled = async (accountId: string): Promise<void> => {
    const owner = await routes.accounts.find(accountId);
    if (owner?.disabledAt !== null) throw new CoreError("unauthenticated", {});
  };

  app.post(
    path,
    {
      onRequest: routes.authenticate,
      schema: { ...schema, body: downloadBody },
    },
    async (request, reply) => {
      const id = await own(accountOf(request).id, request.body);
      reply.header("cache-control", "no-store");
      return { url: `${path}/${tickets.issue(id)}` };
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
      const wanted = tickets.redeem(request.params.ticket);
      if (wanted === undefined) throw new CoreError("unauthenticated", {});
      reply.header("referrer-policy", "no-referrer");
      const [id = "", reader] = wanted.split(forReader);
      const selection = await selections.find(id);
      if (selection) {
        const { accountId, ids } = selection;
        await assertEnabled(accountId);
        const archive = await openArchive(selection);
        if (ids !== null && archive.ownerId !== accountId)
          keepAskingAccess(access, { request, accountId, ids, right: "view" });
        return sendArchive({ request, reply }, archive);
      }
      const file = found(await files.find(id), id);
      const accountId = reader ?? file.ownerId;
      await assertEnabled(accountId);
      if (accountId !== file.ownerId) {
        await assertSeen({ accountId, id });
        keepAskingAccess(access, { request, accountId, ids: [id], right: "view" });
      }
      return sendContent({ request, reply }, { file, readContent, inline: false });
    },
  );
}
