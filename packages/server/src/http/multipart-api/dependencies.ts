import type { FastifyReply, FastifyRequest } from "fastify";
import type { AssembleUpload } from "../../core/dialects/assemble-upload.ts";
import type { InstantStore } from "../../core/uploads/instant-store.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";

export interface PartsDependencies extends FamilyDependencies {
  /** Whether a user's own content may stand in for its bytes. */
  readonly isInstantOn: boolean;
  readonly instant: Pick<InstantStore, "findOwn">;
  readonly assembleUpload: AssembleUpload;
  /** By bearer token; throws `unauthenticated`. */
  readonly authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}
