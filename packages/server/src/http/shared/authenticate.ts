/** Who is asking. The seam for every later way to sign in: routes see only `request.account`. */
import type { FastifyRequest } from "fastify";
import type { Account, AccountStore } from "../../core/accounts/account-store.ts";
import { findByToken } from "../../core/accounts/token.ts";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set by the authentication hook on every route that is not public. */
    account: Account | undefined;
  }
}

/** An `onRequest` hook: sets `request.account` or throws `unauthenticated`, before any body is read. */
export interface Authenticate {
  (request: FastifyRequest): Promise<void>;
  /** Tokens changed: what was looked up before no longer counts. */
  forget(): void;
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
/** A look-up serves the requests of this long: small files come hundreds a second with one token. */
const freshMs = 1_000;
const maxRemembered = 1_000;

export function createAuthenticate({
  accounts,
  clock,
}: {
  accounts: AccountStore;
  clock: Clock;
}): Authenticate {
  const recent = new Map<string, { account: Account; until: number }>();

  let generation = 0;

  const lookUp = async (token: string): Promise<Account | undefined> => {
    const known = recent.get(token);
    if (known && clock.now() < known.until) return known.account;
    const began = generation;
    const account = await findByToken(accounts, token);
    if (began !== generation) return account;
    if (recent.size >= maxRemembered) recent.clear();
    if (account) recent.set(token, { account, until: clock.now() + freshMs });
    return account;
  };

  const authenticate = async (request: FastifyRequest): Promise<void> => {
    const token = BEARER.exec(request.headers.authorization ?? "")?.[1];
    request.account = token === undefined ? undefined : await lookUp(token);
    if (!request.account) throw new CoreError("unauthenticated", {});
  };
  return Object.assign(authenticate, {
    forget() {
      recent.clear();
      // A look-up on its way may have read the token before it was replaced.
      generation++;
    },
  });
}

/** The account of an authenticated request. */
export function accountOf(request: FastifyRequest): Account {
  if (!request.account) throw new CoreError("unauthenticated", {});
  return request.account;
}
