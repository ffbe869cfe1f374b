/**
 * What a visitor of a link shows: the token in the address, and, where it has a password, what unlocking it gave: in the cookie, in the header
 * `Sampan-Share`, or as bearer token with `share_` before it. A download goes on with the cookie, or the header `Sampan-Download`, of its first answer.
 * Cookies are sent back to their own link, or download, only.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../core/clock.ts";
import type { Knock, Visit, Visits } from "../../core/sharing/visit.ts";
import { actorOf } from "../shared/actor.ts";
import { askInTurn } from "../shared/ask-access.ts";
import type { SessionCookies } from "../shared/session-cookies.ts";
import { keepAsking } from "../shared/still-allowed.ts";

export interface LinkRequest {
  readonly request: FastifyRequest;
  readonly token: string;
}

const unlockedCookie = "sampan_share";
const ticketCookie = "sampan_download";
const BEARER = /^Bearer +share_([\x21-\x7e]+) *$/i;

export function knockOf({ request, token }: LinkRequest): Knock {
  const { headers, cookies } = request;
  const bearer = BEARER.exec(headers.authorization ?? "")?.[1];
  const credential = headerOf(request, "sampan-share") ?? bearer ?? cookies[unlockedCookie];
  return { token, credential, actor: actorOf(request) };
}

export function ticketOf(request: FastifyRequest): string | undefined {
  return headerOf(request, "sampan-download") ?? request.cookies[ticketCookie];
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** Whatever takes the link away ends what is on its way through it. */
export function keepAskingLink(
  visits: Pick<Visits, "assertStands">,
  { request, visit, ids }: { request: FastifyRequest; visit: Visit; ids: readonly string[] },
): void {
  const ask = askInTurn(ids, (id) => visits.assertStands(visit, id));
  keepAsking(request.raw, { who: "link", ask });
}

interface Kept {
  readonly cookies: SessionCookies;
  readonly clock: Clock;
  /** Below `/api/v1/s/`. */
  readonly path: string;
  readonly value: string;
  readonly expiresAt: number;
}

export function keepUnlocked(reply: FastifyReply, kept: Kept): void {
  keep(reply, { ...kept, name: unlockedCookie });
}

export function keepTicket(reply: FastifyReply, kept: Kept): void {
  keep(reply, { ...kept, name: ticketCookie });
  reply.header("sampan-download", kept.value);
}

function keep(
  reply: FastifyReply,
  { cookies, clock, path, value, expiresAt, name }: Kept & { name: string },
): void {
  const maxAge = Math.max(0, Math.floor((expiresAt - clock.now()) / 1000));
  const shared = cookies.shape(reply.request, name).options;
  const secure = shared.secure === true;
  const options = { ...shared, secure, path: `/api/v1/s/${path}`, maxAge };
  // As a header at once: what the cookie plugin adds later never reaches an answer that is sent past the framework, as content is.
  reply.header("set-cookie", reply.server.serializeCookie(name, value, options));
}
