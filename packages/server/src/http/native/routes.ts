/** The native API as one plugin, mounted at `/api/v1`. */
import type { FastifyInstance } from "fastify";
import type { Authenticate } from "../shared/authenticate.ts";
import { handleError } from "../shared/problem.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import { registerArchive, type ArchiveRoutes } from "./archive.ts";
import { registerBatch, type BatchRoutes } from "./batch.ts";
import { registerDrive, type DriveRoutes } from "./drive.ts";
import { registerFileBytes, registerFiles, type FileRoutes } from "./files.ts";
import { registerHealth, registerOperation, type OperationRoutes } from "./operation.ts";
import { registerUploadBytes, registerUploads, type UploadRoutes } from "./uploads.ts";

export interface NativeRoutes
  extends UploadRoutes, FileRoutes, BatchRoutes, OperationRoutes, DriveRoutes, ArchiveRoutes {
  readonly authenticate: Authenticate;
}

export function registerNative(app: FastifyInstance, routes: NativeRoutes): void {
  void app.register(
    async (native) => {
      native.setErrorHandler(handleError);
      registerHealth(native, routes);
      await native.register(async (signedIn) => {
        signedIn.addHook("onRequest", routes.authenticate);
        signedIn.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));
        registerUploads(signedIn, routes);
        registerFiles(signedIn, routes);
        registerArchive(signedIn, routes);
        registerDrive(signedIn, routes);
        registerOperation(signedIn, routes);
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
