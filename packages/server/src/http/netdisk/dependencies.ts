import type { FastifyReply, FastifyRequest } from "fastify";
import type { PeopleStore } from "../../core/accounts/people-store.ts";
import type { SignIn } from "../../core/accounts/sign-in.ts";
import type { SignUp } from "../../core/accounts/sign-up.ts";
import type { FileStore } from "../../core/drive/file-store.ts";
import type { LinkOwn } from "../../core/uploads/link-own.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";

export interface NetdiskDependencies extends Omit<FamilyDependencies, "files"> {
  readonly files: Pick<FileStore, "find" | "findByDigests">;
  readonly people: Pick<PeopleStore, "findUser">;
  readonly signIn: SignIn;
  readonly signUp: SignUp;
  readonly linkOwnContent: LinkOwn;
  readonly authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}
