/** The native API as one plugin, mounted at `/api/v1`. */
import type { FastifyInstance } from "fastify";
import type { Authenticate } from "../shared/authenticate.ts";
import { handleError } from "../shared/problem.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import { registerAuth, type AuthRoutes } from "./auth.ts";
import { registerArchive, type ArchiveRoutes } from "./archive.ts";
import { registerBatch, type BatchRoutes } from "./batch.ts";
import { registerDrive, type DriveRoutes } from "./drive.ts";
import { registerFetches, type FetchRoutes } from "./fetches.ts";
import { registerAudit, type AuditRoutes } from "./audit.ts";
import { registerEvents, type EventRoutes } from "./events.ts";
import { registerFileBytes, registerFiles, type FileRoutes } from "./files.ts";
import { registerMe, type MeRoutes } from "./me.ts";
import { registerOauth, registerOauthLink, type OauthRoutes } from "./oauth.ts";
import { registerInstant, type InstantRoutes } from "./instant.ts";
import { registerHealth, registerOperation, type OperationRoutes } from "./operation.ts";
import { registerPreviews, type PreviewRoutes } from "./previews.ts";
import { registerUploadBytes } from "./upload-bytes.ts";
import { registerUploadTasks, type UploadTaskRoutes } from "./upload-tasks.ts";
import { registerUploads } from "./uploads.ts";
import { guardLinkAnswers, registerLinks, type LinkRoutes } from "./links.ts";
import { registerLinkSave, registerLinkUpload, type LinkChangeRoutes } from "./link-changes.ts";
import { registerLinkParts, registerLinkUploads, type LinkUploadRoutes } from "./link-uploads.ts";
import { registerShares, type ShareRoutes } from "./shares.ts";
import { registerUsers, type UserRoutes } from "./users.ts";

export interface NativeRoutes
  extends
    InstantRoutes,
    FileRoutes,
    BatchRoutes,
    OperationRoutes,
    AuthRoutes,
    MeRoutes,
    OauthRoutes,
    UserRoutes,
    DriveRoutes,
    ArchiveRoutes,
    FetchRoutes,
    PreviewRoutes,
    EventRoutes,
    AuditRoutes,
    ShareRoutes,
    LinkRoutes,
    LinkChangeRoutes,
    UploadTaskRoutes,
    LinkUploadRoutes {
  readonly authenticate: Authenticate;
}

export function registerNative(app: FastifyInstance, routes: NativeRoutes): void {
  void app.register(
    async (native) => {
      native.setErrorHandler(handleError);
      registerHealth(native, routes);
      await native.register(async (visitors) => {
        registerAuth(visitors, routes);
        registerOauth(visitors, routes);
      });
      await native.register(async (links) => {
        links.addHook("onRequest", guardLinkAnswers);
        links.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));
        registerLinks(links, routes);
        registerLinkSave(links, routes);
        registerLinkUploads(links, routes);
        await links.register(async (raw) => {
          acceptRawBodies(raw);
          registerLinkUpload(raw, routes);
          registerLinkParts(raw, routes);
        });
      });
      await native.register(async (signedIn) => {
        signedIn.addHook("onRequest", routes.authenticate);
        signedIn.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));
        registerUploads(signedIn, routes);
        registerUploadTasks(signedIn, routes);
        registerInstant(signedIn, routes);
        registerFiles(signedIn, routes);
        registerArchive(signedIn, routes);
        registerDrive(signedIn, routes);
        registerFetches(signedIn, routes);
        registerPreviews(signedIn, routes);
        registerOperation(signedIn, routes);
        registerMe(signedIn, routes);
        registerOauthLink(signedIn, routes);
        registerUsers(signedIn, routes);
        registerEvents(signedIn, routes);
        registerAudit(signedIn, routes);
        registerShares(signedIn, routes);
        await signedIn.register(async (raw) => {
          acceptRawBodies(raw);
          registerUploadBytes(raw, routes);
          registerFileBytes(raw, routes);
          registerBatch(raw, routes);
        });
      });
    },
    { prefix: "/api/v1" },
  );
}
