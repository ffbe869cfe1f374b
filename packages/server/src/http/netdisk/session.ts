/**
 * `Authorization: Bearer <access> <refresh>`. Missing or malformed is the client's mistake (400), a pair that does not count is 401. When only the access
 * token has expired, the request succeeds and its answer carries a new pair in the same form (shared/authenticate.ts).
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { maxPasswordChars } from "../../core/accounts/password.ts";
import type { SignedIn } from "../../core/accounts/sessions.ts";
import { CoreError } from "../../core/errors.ts";
import { accountOf } from "../shared/authenticate.ts";
import { deviceOf } from "../shared/device.ts";
import { need, pick, readFields } from "../shared/fields.ts";
import { succeed } from "../shared/numbered-envelope.ts";
import type { NetdiskDependencies } from "./dependencies.ts";

const bearer = /^Bearer +[\x21-\x7e]+( +[\x21-\x7e]+)? *$/i;
const accessMs = 3 * 3_600_000;
/** Room to say that a password is too long rather than that the body is. */
const maxBodyBytes = 4 * 1024 * 1024;

export async function authenticatePair(
  { authenticate, admission }: Pick<NetdiskDependencies, "authenticate" | "admission">,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { authorization } = request.headers;
  if (authorization === undefined) refuse("missing");
  if (!bearer.test(authorization)) refuse("not Bearer with one token or two");
  await authenticate(request, reply);
  await admission.byUser(request);
}

function refuse(reason: string): never {
  throw new CoreError("invalid-request", { field: "Authorization", reason });
}

export async function register(
  { signUp, chunkBodies }: NetdiskDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { invitation, name, password } = await readPerson(chunkBodies, request);
  const device = deviceOf(request);
  return answer(reply, await signUp.signUp({ name, password, invitation, device, accessMs }));
}

export async function logIn(
  { signIn, chunkBodies }: NetdiskDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { name, password, code } = await readPerson(chunkBodies, request);
  const device = deviceOf(request);
  return answer(reply, await signIn.signIn({ name, password, code, device, accessMs }));
}

export async function showUser(
  { people }: NetdiskDependencies,
  request: FastifyRequest,
): Promise<object> {
  const user = await people.findUser(accountOf(request).id);
  if (!user) throw new CoreError("unauthenticated", {});
  const { id, name, usedBytes, quotaBytes } = user;
  return succeed({ id, username: name, used_bytes: usedBytes, quota_bytes: quotaBytes });
}

function answer(reply: FastifyReply, { account, tokens }: SignedIn): object {
  const { accessToken, refreshToken } = tokens;
  void reply.headers({
    authorization: `Bearer ${accessToken} ${refreshToken}`,
    "cache-control": "no-store",
  });
  return succeed({
    username: account.name,
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: Math.floor(tokens.accessMs / 1000),
  });
}

async function readPerson({ body }: NetdiskDependencies["chunkBodies"], request: FastifyRequest) {
  const fields = await readFields(request, { body, limitBytes: maxBodyBytes });
  const name = need(fields, ["username"]);
  const password = need(fields, ["password"]);
  for (const [field, text] of Object.entries({ username: name, password })) {
    if (text.length > maxPasswordChars)
      throw new CoreError("invalid-request", { field, reason: "too long" });
  }
  return { name, password, invitation: pick(fields, ["invitation"]), code: pick(fields, ["totp"]) };
}
