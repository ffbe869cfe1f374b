/** `/user/*`: accounts, which are those of every other dialect too. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { maxPasswordChars } from "../../core/accounts/password.ts";
import type { SignedIn } from "../../core/accounts/sessions.ts";
import { CoreError } from "../../core/errors.ts";
import { accountOf } from "../shared/authenticate.ts";
import { deviceOf } from "../shared/device.ts";
import { need, pick, readFields, type Fields } from "../shared/fields.ts";
import { succeed } from "../shared/numbered-envelope.ts";
import type { DriveDependencies } from "./dependencies.ts";
import { formatTime } from "./describe.ts";

/** Room to say that a password is too long rather than that the body is. */
const maxBodyBytes = 4 * 1024 * 1024;
/** This family knows no refresh token: who works with it signs in once a day. */
const accessMs = 24 * 3_600_000;

/** Obeys the server's own rules on who may sign up, and on names and passwords. Signed in at once. */
export async function signUp(
  dependencies: DriveDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const fields = await readFields(request, { body: dependencies.body, limitBytes: maxBodyBytes });
  const invitation = pick(fields, ["invitation"]);
  const signedIn = await dependencies.signUp.signUp({
    ...readPerson(fields),
    ...(invitation === undefined ? {} : { invitation }),
    device: deviceOf(request),
    accessMs,
  });
  return answer(dependencies, { request, reply, signedIn });
}

export async function signInByPassword(
  dependencies: DriveDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const fields = await readFields(request, { body: dependencies.body, limitBytes: maxBodyBytes });
  const signedIn = await dependencies.signIn.signIn({
    ...readPerson(fields),
    code: pick(fields, ["totp"]),
    device: deviceOf(request),
    accessMs,
  });
  return answer(dependencies, { request, reply, signedIn });
}

export async function showUser(
  { people }: DriveDependencies,
  request: FastifyRequest,
): Promise<object> {
  const user = await people.findUser(accountOf(request).id);
  if (!user) throw new CoreError("unauthenticated", {});
  return succeed({
    Username: user.name,
    SignupAt: formatTime(user.createdAt),
    Role: user.role,
    UsedBytes: user.usedBytes,
    QuotaBytes: user.quotaBytes,
  });
}

function answer(
  { baseUrl }: DriveDependencies,
  {
    request,
    reply,
    signedIn,
  }: { request: FastifyRequest; reply: FastifyReply; signedIn: SignedIn },
): object {
  reply.header("cache-control", "no-store");
  const { account, tokens } = signedIn;
  return succeed({
    Location: `${baseUrl(request)}/`,
    Username: account.name,
    Token: tokens.accessToken,
  });
}

function readPerson(fields: Fields): { name: string; password: string } {
  const name = need(fields, ["username"]);
  const password = need(fields, ["password"]);
  for (const [field, text] of Object.entries({ username: name, password })) {
    if (text.length > maxPasswordChars)
      throw new CoreError("invalid-request", { field, reason: "too long" });
  }
  return { name, password };
}
