/** What a netdisk client needs, at `/netdisk`: sessions of two tokens, uploads by SHA-1, downloads in ranges. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { CoreError } from "../../core/errors.ts";
import { accountOf } from "../shared/authenticate.ts";
import { parseHexDigest } from "../shared/chunks/parse-digest.ts";
import { sendContent } from "../shared/content-response.ts";
import { handleNumbered, succeed } from "../shared/numbered-envelope.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import type { NetdiskDependencies } from "./dependencies.ts";
import { authenticatePair, logIn, register, showUser } from "./session.ts";
import {
  abortUpload,
  completeUpload,
  createBeginUpload,
  receiveChunk,
  showUpload,
} from "./uploads.ts";

const schema = { hide: true };
const isPublic = { schema, config: { access: "public" as const } };

type Serve = (dependencies: NetdiskDependencies, request: FastifyRequest) => Promise<object | null>;

export function registerNetdisk(app: FastifyInstance, dependencies: NetdiskDependencies): void {
  const call = (serve: Serve) => async (request: FastifyRequest) =>
    succeed(await serve(dependencies, request));

  void app.register(
    async (netdisk) => {
      acceptRawBodies(netdisk);
      netdisk.setErrorHandler(handleNumbered);
      netdisk.addHook("onRequest", (request) => dependencies.admission.byAddress(request));
      netdisk.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));
      netdisk.post("/register", isPublic, (request, reply) =>
        register(dependencies, request, reply),
      );
      netdisk.post("/login", isPublic, (request, reply) => logIn(dependencies, request, reply));
      await netdisk.register(async (signedIn) => {
        signedIn.addHook("onRequest", (request, reply) =>
          authenticatePair(dependencies, request, reply),
        );
        const config = { access: "signed-in" as const };
        signedIn.get("/user", { schema, config }, (request) => showUser(dependencies, request));
        signedIn.post("/uploads", { schema }, call(createBeginUpload()));
        signedIn.get("/uploads/:id", { schema }, call(showUpload));
        signedIn.delete("/uploads/:id", { schema }, call(abortUpload));
        signedIn.put("/uploads/:id/chunks/:index", { schema }, call(receiveChunk));
        signedIn.post("/uploads/:id/complete", { schema }, call(completeUpload));
        signedIn.get("/files/:hash", { schema }, async (request, reply) => {
          const { hash } = request.params as { hash: string };
          const { files, readContent } = dependencies;
          const wanted = { ownerId: accountOf(request).id, digests: parseHexDigest(hash, "hash") };
          const file = await files.findByDigests(wanted);
          if (!file) throw new CoreError("file-not-found", { id: hash });
          return sendContent({ request, reply }, { file, readContent, inline: false });
        });
      });
    },
    { prefix: "/netdisk" },
  );
}
