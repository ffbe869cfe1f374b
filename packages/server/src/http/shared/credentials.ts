/**
 * `username` and `token`, in the query or the form: an API token or a session's access token, which must be that user's. A bearer token, or a
 * session's cookies, will do as well.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { loginKey } from "../../core/accounts/login-name.ts";
import { CoreError } from "../../core/errors.ts";
import type { Admission } from "./admission/admission.ts";
import { accountOf } from "./authenticate.ts";
import type { Fields } from "./fields.ts";

export interface CredentialDependencies {
  /** By bearer token; throws `unauthenticated`. */
  readonly authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly admission: Pick<Admission, "byUser">;
}

/** The account's id. Throws `unauthenticated`, and `forbidden` where the route asks for more than the token may. */
export async function signIn(
  { authenticate, admission }: CredentialDependencies,
  { request, reply, fields }: { request: FastifyRequest; reply: FastifyReply; fields: Fields },
): Promise<string> {
  const token = fields.get("token");
  const username = fields.get("username");
  if (token !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(token)) throw new CoreError("unauthenticated", {});
    request.headers.authorization = `Bearer ${token}`;
  }
  await authenticate(request, reply);
  const { id, name } = accountOf(request);
  // Whose token it is, is nobody's business but theirs: the same answer as for a wrong one.
  const isTheirs = username === undefined ? token === undefined : isSame(username, name);
  if (!isTheirs) throw new CoreError("unauthenticated", {});
  await admission.byUser(request);
  return id;
}

/** As they may have spelled it when they signed in. */
function isSame(username: string, name: string): boolean {
  return loginKey(username) === loginKey(name);
}
