/** Opening, refreshing and ending sessions. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { AccessTokens } from "./access-token.ts";
import type { Account } from "./account-store.ts";
import type { SessionStore } from "./people-store.ts";
import {
  findNewest,
  firstRefreshToken,
  formatRefreshToken,
  hashRefreshToken,
  nextRefreshToken,
  parseRefreshToken,
} from "./refresh-token.ts";
import type { Device, Session, SessionHolder, SignInMethod } from "./session.ts";

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** How long the access token lives. */
  readonly accessMs: number;
  /** When the refresh token, and with it the session, ends. */
  readonly refreshExpiresAt: number;
}

export interface SignedIn {
  readonly account: Account;
  readonly sessionId: string;
  readonly tokens: TokenPair;
}

export interface OpenSession {
  readonly account: Account;
  readonly method: SignInMethod;
  readonly device: Device;
  /** Default: 15 minutes. A dialect whose clients expect another time says so. */
  readonly accessMs?: number | undefined;
  /** Of the password that was shown for it. */
  readonly passwordHash?: string | undefined;
}

export interface Sessions {
  /** Throws `sign-in-failed` and `account-disabled` for what has changed since the password was checked. */
  open(input: OpenSession): Promise<SignedIn>;
  /**
   * Replaces the refresh token. The one before it answers with the same successor for a short grace, so that two tabs do not sign each
   * other out; any older one ends the session, because somebody else has been using it. Throws `unauthenticated`.
   */
  refresh(refreshToken: string, actor: Actor): Promise<SignedIn>;
  /**
   * A new access token and the refresh token as it is: for requests that carry both, of which many may be on their way with the same
   * pair. Throws `unauthenticated`.
   */
  renew(refreshToken: string, actor: Actor): Promise<SignedIn>;
  /** The live session of an access token that names it. */
  find(id: string): Promise<SessionHolder | undefined>;
  end(input: { holder: SessionHolder; actor: Actor }): Promise<void>;
}

const defaultAccessMs = 15 * 60_000;
const refreshMs = 30 * 24 * 3_600_000;
/** Time for a second tab, or for whoever lost the answer on a bad network, to come with the token that was just replaced. */
const graceMs = 30_000;

export function createSessions({
  people,
  accessTokens,
  refreshKey,
  clock,
}: {
  people: SessionStore;
  accessTokens: AccessTokens;
  refreshKey: () => Uint8Array;
  clock: Clock;
}): Sessions {
  const signIn = async (
    { session, account }: SessionHolder,
    refreshToken: string,
  ): Promise<SignedIn> => {
    const { id: sessionId, accessMs, expiresAt: refreshExpiresAt } = session;
    const accessToken = await accessTokens.issue({
      accountId: account.id,
      sessionId,
      lifetimeMs: accessMs,
    });
    const tokens = { accessToken, refreshToken, accessMs, refreshExpiresAt };
    return { account, sessionId, tokens };
  };

  const find = async (id: string): Promise<SessionHolder | undefined> => {
    const holder = await people.findSession(id);
    const isLive = holder && holder.session.expiresAt > clock.now();
    return isLive && holder.account.disabledAt === null ? holder : undefined;
  };

  /** The session of a refresh token, and the token that is its newest. Ends the session of one that was used up before. */
  const match = async (text: string, actor: Actor) => {
    const token = parseRefreshToken(text);
    const holder = token && (await find(token.sessionId));
    if (!token || !holder) throw new CoreError("unauthenticated", {});
    const { generation, refreshHash, rotatedAt } = holder.session;
    const newest = findNewest(token, { generation, refreshHash, key: refreshKey() });
    if (!newest) throw new CoreError("unauthenticated", {});
    const age = generation - token.generation;
    const isGood = age === 0 || (age === 1 && clock.now() - rotatedAt <= graceMs);
    if (!isGood) {
      await end({ holder, actor }, "refresh-reused");
      throw new CoreError("unauthenticated", {});
    }
    return { holder, newest, isNewest: age === 0 };
  };

  const end = async (
    { holder, actor }: { holder: SessionHolder; actor: Actor },
    why: "signed-out" | "refresh-reused",
  ): Promise<void> => {
    const { id, accountId } = holder.session;
    await people.endSession({ id, accountId, why, actor, now: clock.now() });
  };

  return {
    find,
    async open({ account, method, device, accessMs = defaultAccessMs, passwordHash }) {
      const now = clock.now();
      const id = newId(now);
      const token = firstRefreshToken(id);
      const session: Session = {
        id,
        accountId: account.id,
        generation: token.generation,
        refreshHash: hashRefreshToken(token),
        rotatedAt: now,
        createdAt: now,
        expiresAt: now + refreshMs,
        accessMs,
        method,
        ...device,
      };
      const actor = { accountId: account.id, address: device.address };
      await people.openSession({ session, passwordHash, actor });
      return await signIn({ session, account }, formatRefreshToken(token));
    },

    async refresh(text, actor) {
      const { holder, newest, isNewest } = await match(text, actor);
      if (!isNewest) return await signIn(holder, formatRefreshToken(newest));
      const { id, generation } = holder.session;
      const next = nextRefreshToken(newest, refreshKey());
      const now = clock.now();
      const expiresAt = now + refreshMs;
      const refreshHash = hashRefreshToken(next);
      await people.rotateSession({ id, generation, refreshHash, now, expiresAt });
      // Whoever was first has made the same successor of it; unless the session has ended meanwhile.
      if (!(await find(id))) throw new CoreError("unauthenticated", {});
      const session = { ...holder.session, expiresAt };
      return await signIn({ ...holder, session }, formatRefreshToken(next));
    },

    async renew(text, actor) {
      const { holder, newest } = await match(text, actor);
      return await signIn(holder, formatRefreshToken(newest));
    },

    end: (input) => end(input, "signed-out"),
  };
}
