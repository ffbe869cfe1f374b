import type { FastifyRequest } from "fastify";
import type { PeopleStore } from "../../core/accounts/people-store.ts";
import type { SignIn } from "../../core/accounts/sign-in.ts";
import type { SignUp } from "../../core/accounts/sign-up.ts";
import type { AddChecksums } from "../../core/blobs/add-checksums.ts";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { ChangeTree } from "../../core/drive/change-tree.ts";
import type { FileStore } from "../../core/drive/file-store.ts";
import type { NodeStore } from "../../core/drive/node-store.ts";
import type { LinkOwn } from "../../core/uploads/link-own.ts";
import type { Admission } from "../shared/admission/admission.ts";
import type { BodyOptions } from "../shared/body-source.ts";
import type { CredentialDependencies } from "../shared/credentials.ts";
import type { WholeFileDependencies } from "../shared/whole-file.ts";

export interface DriveDependencies extends WholeFileDependencies, CredentialDependencies {
  readonly people: Pick<PeopleStore, "findUser">;
  readonly signIn: SignIn;
  readonly signUp: SignUp;
  readonly files: Pick<FileStore, "find" | "findByDigests">;
  readonly nodes: Pick<NodeStore, "recent">;
  readonly changeTree: ChangeTree;
  readonly readContent: ReadContent;
  readonly linkOwnContent: LinkOwn;
  readonly addChecksums: AddChecksums;
  readonly admission: Admission;
  readonly body: BodyOptions;
  /** Where this server is, as its callers reach it. */
  readonly baseUrl: (request: FastifyRequest) => string;
}
