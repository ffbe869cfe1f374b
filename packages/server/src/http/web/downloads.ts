/**
 * Downloads for the browser's own download manager, which streams to disk and resumes, but carries
 * no bearer token: `POST /api/web/downloads {fileId}` with the token answers `{url}`, a ticket for
 * that one file, and `GET {url}` sends it. `{archiveId}` likewise: a selection that `POST /archive` has kept. What is shared with somebody they
 * may fetch as long as it is.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Principal } from "../../core/accounts/principal.ts";
import type { Standing } from "../../core/accounts/standing.ts";
import type { OpenArchive } from "../../core/archive/open-archive.ts";
import type { Selections } from "../../core/archive/selections.ts";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileEntry, FileStore } from "../../core/drive/file-store.ts";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { keepAskingAccess } from "../shared/ask-access.ts";
import { keepAsking } from "../shared/still-allowed.ts";
import { principalOf, type Authenticate } from "../shared/authenticate.ts";
import { sendArchive } from "../shared/archive-response.ts";
import { sendContent } from "../shared/content-response.ts";
import type { Tickets } from "./tickets.ts";

export interface DownloadRoutes {
  readonly authenticate: Authenticate;
  readonly files: FileStore;
  readonly access: DriveAccess;
  readonly standing: Pick<Standing, "assert">;
  readonly readContent: ReadContent;
  readonly openArchive: OpenArchive;
  readonly selections: Selections;
  readonly tickets: Tickets;
}

const path = "/api/web/downloads";
const schema = { hide: true };
const id = z.string().max(100);
const downloadBody = z.union([z.strictObject({ fileId: id }), z.strictObject({ archiveId: id })]);

export function registerDownloads(instance: FastifyInstance, routes: DownloadRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { files, access, readContent, openArchive, selections, tickets } = routes;

  /** The id of what a ticket is asked for, if the account may have it. */
  const allowed = async (
    accountId: string,
    wanted: z.infer<typeof downloadBody>,
  ): Promise<string> => {
    if ("archiveId" in wanted) {
      const { archiveId: id } = wanted;
      if ((await selections.find(id))?.accountId !== accountId)
        throw new CoreError("archive-not-found", { id });
      return id;
    }
    const { fileId: id } = wanted;
    await assertSeen({ accountId, file: found(isId(id) ? await files.find(id) : undefined, id) });
    return id;
  };
  const found = (file: FileEntry | undefined, id: string): FileEntry => {
    if (!file) throw new CoreError("file-not-found", { id });
    return file;
  };
  const assertSeen = async ({ accountId, file }: { accountId: string; file: FileEntry }) => {
    if (accountId === file.ownerId) return;
    const { id } = file;
    try {
      await access.open({ accountId, id, right: "view" });
    } catch (error) {
      if (isCoreError(error, "node-not-found")) throw new CoreError("file-not-found", { id });
      throw error;
    }
  };

  /** A ticket does not outlive what it was asked for with, nor does a download that it began. Resolves to the account's id. */
  const assertHeld = async ({ raw }: FastifyRequest, via: Principal["via"]): Promise<string> => {
    const ask = async (): Promise<string> =>
      (await routes.standing.assert(via, "files:read")).account.id;
    const accountId = await ask();
    keepAsking(raw, { who: "account", ask: async () => void (await ask()) });
    return accountId;
  };

  app.post(
    path,
    {
      onRequest: routes.authenticate,
      schema: { ...schema, body: downloadBody },
    },
    async (request, reply) => {
      const { account, via } = principalOf(request);
      const id = await allowed(account.id, request.body);
      reply.header("cache-control", "no-store");
      return { url: `${path}/${tickets.issue({ id, via })}` };
    },
  );

  app.get(
    `${path}/:ticket`,
    {
      // The ticket says what may be fetched.
      config: { access: "public" },
      schema: { ...schema, params: z.object({ ticket: z.string().max(400) }) },
    },
    async (request, reply) => {
      const ticket = tickets.redeem(request.params.ticket);
      if (!ticket) throw new CoreError("unauthenticated", {});
      const { id, via } = ticket;
      reply.header("referrer-policy", "no-referrer");
      const accountId = await assertHeld(request, via);
      const selection = await selections.find(id);
      if (selection) {
        const { ids } = selection;
        if (selection.accountId !== accountId) throw new CoreError("archive-not-found", { id });
        const archive = await openArchive(selection);
        if (ids !== null && archive.ownerId !== accountId)
          keepAskingAccess(access, { request, accountId, ids, right: "view" });
        return sendArchive({ request, reply }, archive);
      }
      const file = found(await files.find(id), id);
      await assertSeen({ accountId, file });
      if (accountId !== file.ownerId)
        keepAskingAccess(access, { request, accountId, ids: [id], right: "view" });
      return sendContent({ request, reply }, { file, readContent, inline: false });
    },
  );
}
