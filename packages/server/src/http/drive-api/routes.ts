/** The drive API as one plugin, at `/user` and `/file`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "../shared/access.ts";
import { signIn } from "../shared/credentials.ts";
import { readFields } from "../shared/fields.ts";
import { handleNumbered } from "../shared/numbered-envelope.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import { showUser, signInByPassword, signUp } from "./accounts.ts";
import type { DriveDependencies } from "./dependencies.ts";
import {
  deleteFile,
  downloadFile,
  linkDownload,
  linkFile,
  listFiles,
  renameFile,
  showFile,
  type DriveCall,
} from "./files.ts";
import { sendSignUpPage } from "./signup-page.ts";
import { uploadFile } from "./upload.ts";

type Serve = (dependencies: DriveDependencies, call: DriveCall) => Promise<unknown>;

const schema = { hide: true };
const isPublic = { schema, config: { access: "public" as const } };

export function registerDriveApi(app: FastifyInstance, dependencies: DriveDependencies): void {
  /** Nothing is served before it is known who asks. */
  const call = (serve: Serve) => async (request: FastifyRequest, reply: FastifyReply) => {
    const fields = await readFields(request, dependencies);
    const ownerId = await signIn(dependencies, { request, reply, fields });
    return serve(dependencies, { ownerId, fields, request, reply });
  };

  void app.register(async (drive) => {
    acceptRawBodies(drive);
    drive.setErrorHandler(handleNumbered);
    drive.addHook("onRequest", (request) => dependencies.admission.byAddress(request));
    drive.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));

    drive.get("/user/signup", isPublic, (_request, reply) => sendSignUpPage(reply));
    drive.post("/user/signup", isPublic, (request, reply) => signUp(dependencies, request, reply));
    drive.post("/user/signin", isPublic, (request, reply) =>
      signInByPassword(dependencies, request, reply),
    );

    const read = (url: string, access: Access, serve: Serve) =>
      drive.route({
        method: ["GET", "POST"],
        url,
        schema,
        config: { access },
        handler: call(serve),
      });
    read("/user/info", "signed-in", (all, { request }) => showUser(all, request));
    read("/file/query", "files:read", listFiles);
    read("/file/meta", "files:read", showFile);
    read("/file/download", "files:read", downloadFile);
    read("/file/downloadurl", "files:read", linkDownload);

    drive.post("/file/update", { schema }, call(renameFile));
    drive.post("/file/delete", { schema }, call(deleteFile));
    drive.post("/file/fastupload", { schema }, call(linkFile));
    drive.post("/file/upload", { schema }, (request, reply) =>
      uploadFile(dependencies, request, reply),
    );
  });
}
