/** People as the native API shows them. */
import type { FastifyReply } from "fastify";
import { CoreError } from "../../core/errors.ts";
import type { ApiToken, OneTimeLink, PeopleStore, User } from "../../core/accounts/people-store.ts";
import type { Session } from "../../core/accounts/session.ts";
import type { SignedIn } from "../../core/accounts/sessions.ts";
import type { Offer } from "../../core/accounts/sign-up.ts";
import type { SessionCookies } from "../shared/session-cookies.ts";

const instant = (ms: number): string => new Date(ms).toISOString();
const instantOrNull = (ms: number | null): string | null => (ms === null ? null : instant(ms));

export function formatUser(user: User) {
  const { id, name, role, quotaBytes, usedBytes, reservedBytes, hasPassword, hasTotp } = user;
  return {
    id,
    name,
    role,
    disabled: user.disabledAt !== null,
    quotaBytes,
    usedBytes,
    reservedBytes,
    hasPassword,
    hasTotp,
    createdAt: instant(user.createdAt),
  };
}

export function formatSession(session: Session, currentId: string | null) {
  const { id, method, address, userAgent } = session;
  return {
    id,
    isCurrent: id === currentId,
    method,
    address,
    userAgent,
    createdAt: instant(session.createdAt),
    refreshedAt: instant(session.rotatedAt),
    expiresAt: instant(session.expiresAt),
  };
}

export function formatToken({ id, name, scopes, createdAt, expiresAt, usedAt }: ApiToken) {
  return {
    id,
    name,
    scopes: [...scopes],
    createdAt: instant(createdAt),
    expiresAt: instantOrNull(expiresAt),
    usedAt: instantOrNull(usedAt),
  };
}

export function formatInvitation(link: OneTimeLink) {
  const { id, role, quotaBytes, createdBy, createdAt, expiresAt } = link;
  return {
    id,
    role,
    quotaBytes,
    createdBy,
    createdAt: instant(createdAt),
    expiresAt: instant(expiresAt),
  };
}

/** In the fragment: browsers send it nowhere, so it is in no log and no Referer. */
export function formatOffer({ secret, link }: Offer, base: string) {
  const pages = { "set-up": "setup", invitation: "invite", reset: "reset" } as const;
  const url = `${base}/${pages[link.kind]}#${secret}`;
  return { token: secret, url, expiresAt: instant(link.expiresAt) };
}

/** The answer to a sign-in: tokens in the body, or, where the client is a page, in cookies that it cannot read. */
export async function answerSignedIn(
  reply: FastifyReply,
  {
    signedIn,
    inCookies,
    people,
    cookies,
  }: { signedIn: SignedIn; inCookies: boolean; people: PeopleStore; cookies: SessionCookies },
) {
  const { account, tokens } = signedIn;
  const user = await people.findUser(account.id);
  if (!user) throw new CoreError("unauthenticated", {});
  reply.header("cache-control", "no-store");
  const answer = { expiresIn: Math.floor(tokens.accessMs / 1000), user: formatUser(user) };
  if (inCookies) {
    cookies.set(reply, tokens);
    return answer;
  }
  const { accessToken, refreshToken } = tokens;
  return { accessToken, refreshToken, ...answer };
}
