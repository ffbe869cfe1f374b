import { createCall, type Connection } from "./call.ts";
import { createAccountCalls } from "./client/accounts.ts";
import { createRetryBudget, withRetry, type RetryOptions } from "./retry.ts";
import type { SignedIn } from "./wire.ts";

/** What a session is made of. Whoever holds the refresh token is signed in: keep it where only its user can read it. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token ends, in milliseconds since 1970 by this machine's clock. */
  readonly expiresAt: number;
}

export interface SessionOptions extends Omit<Connection, "token"> {
  tokens: SessionTokens;
  /** Called with every new pair before it is used; awaited, so that a crash never leaves a used-up pair behind. */
  onTokens?: (tokens: SessionTokens) => void | Promise<void>;
  retry?: RetryOptions;
  /** The wall clock, because tokens outlive processes. Default: `Date.now`. */
  now?: () => number;
}

export interface Session {
  /** For `Connection.token`: a good access token, refreshed shortly before it ends; callers that come meanwhile share one refresh. */
  readonly token: () => Promise<string>;
  readonly tokens: SessionTokens;
  /** Refreshes now, whatever the time. */
  refresh(): Promise<void>;
  logOut(): Promise<void>;
}

/** Time for a request to arrive, and for clocks to differ. */
const earlyMs = 60_000;
/** Less than the server's grace for a token that it has replaced. */
const repeatMs = 20_000;

/** Throws a `SampanError` with code `unauthenticated` once the session is over: sign in again. */
export function createSession({
  tokens: first,
  onTokens,
  retry,
  now = Date.now,
  ...connection
}: SessionOptions): Session {
  const calls = createAccountCalls(createCall(connection));
  let tokens = first;
  let refreshing: Promise<void> | undefined;

  const refreshOnce = async (): Promise<void> => {
    // The server gives the same successor again for a while: an answer that was lost may be asked for once more.
    const budget = createRetryBudget({ retryForMs: repeatMs, ...retry });
    const signedIn = await withRetry(() => calls.refresh(tokens.refreshToken), { budget });
    const next = toSessionTokens(signedIn, now);
    await onTokens?.(next);
    tokens = next;
  };
  const refresh = (): Promise<void> => {
    refreshing ??= refreshOnce().finally(() => (refreshing = undefined));
    return refreshing;
  };

  return {
    get tokens() {
      return tokens;
    },
    refresh,
    async token() {
      if (now() >= tokens.expiresAt - earlyMs) await refresh();
      return tokens.accessToken;
    },
    logOut: () => calls.logOut(tokens.refreshToken),
  };
}

/** The tokens of an answer to `logIn`, `signUp` or `refresh`. */
export function toSessionTokens(
  { accessToken, refreshToken, expiresIn }: SignedIn,
  now: () => number = Date.now,
): SessionTokens {
  return { accessToken, refreshToken, expiresAt: now() + expiresIn * 1000 };
}
