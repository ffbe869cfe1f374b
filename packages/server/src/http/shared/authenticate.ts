/** Who is asking. The seam for every later way to sign in: routes see only `request.account`. */
import type { FastifyRequest } from "fastify";
import type { Account, AccountStore } from "../../core/accounts/account-store.ts";
import { findByToken } from "../../core/accounts/token.ts";
import { CoreError } from "../../core/errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set by the authentication hook on every route that is not public. */
    account: Account | undefined;
  }
}

export type Authenticate = (request: FastifyRequest) => Promise<void>;

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** An `onRequest` hook: sets `request.account` or throws `unauthenticated`, before any body is read. */
export function createAuthenticate(accounts: AccountStore): Authenticate {
  return async (request) => {
    const token = BEARER.exec(request.headers.authorization ?? "")?.[1];
    request.account = token === undefined ? undefined : await findByToken(accounts, token);
    if (!request.account) throw new CoreError("unauthenticated", {});
  };
}

/** The account of an authenticated request. */
export function accountOf(request: FastifyRequest): Account {
  if (!request.account) throw new CoreError("unauthenticated", {});
  return request.account;
}
