/** `username` and `token`, in the query or the form: an API token, which must be that user's. A bearer token will do as well. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { CoreError } from "../../core/errors.ts";
import { accountOf } from "../shared/authenticate.ts";
import type { Fields } from "../shared/fields.ts";
import type { PartsDependencies } from "./dependencies.ts";

export async function signIn(
  { authenticate, admission }: Pick<PartsDependencies, "authenticate" | "admission">,
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
  if (username !== undefined ? username !== name : token !== undefined)
    throw new CoreError("unauthenticated", {});
  await admission.byUser(request);
  return id;
}
