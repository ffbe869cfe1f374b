/**
 * Access tokens as JWTs (RFC 9068's shape): `{alg: HS256, typ: at+jwt, kid}`, `{iss, aud, sub: account, sid: session, jti, iat, exp}`. Only
 * this server reads what only it writes, so one secret does for both, and the algorithm is ours to pin: a token that names another is refused
 * before any key is looked at.
 */
import { randomUUID } from "node:crypto";
import { errors, jwtVerify, SignJWT, type JWTPayload } from "jose";
import type { AccessClaims, AccessTokens } from "../core/accounts/access-token.ts";
import type { Clock } from "../core/clock.ts";
import { isId } from "../core/ids.ts";
import type { SigningKeys } from "./signing-keys.ts";

const algorithm = "HS256";
const type = "at+jwt";
const issuer = "sampan";
const audience = "sampan";
const maxTokenChars = 2_048;

export function createJwtAccessTokens({
  keys,
  clock,
}: {
  keys: SigningKeys;
  clock: Clock;
}): AccessTokens {
  return {
    issue({ accountId, sessionId, lifetimeMs }) {
      const { id: kid, secret } = keys.newest();
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: type, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(accountId)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setExpirationTime(now + Math.floor(lifetimeMs / 1000))
        .sign(secret);
    },

    async verify(token) {
      if (token.length > maxTokenChars) return undefined;
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => keys.find(kid), {
          algorithms: [algorithm],
          typ: type,
          issuer,
          audience,
          requiredClaims: ["sub", "sid", "exp", "iat"],
          currentDate: new Date(clock.now()),
        });
        return toClaims(payload, false);
      } catch (error) {
        // Thrown once the signature and every other claim are found good.
        if (error instanceof errors.JWTExpired) return toClaims(error.payload, true);
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

function toClaims(payload: JWTPayload, isExpired: boolean): AccessClaims | undefined {
  const { sub, sid, exp } = payload;
  if (typeof sub !== "string" || typeof sid !== "string" || !isId(sid)) return undefined;
  if (exp === undefined) return undefined;
  return { accountId: sub, sessionId: sid, expiresAt: exp * 1000, isExpired };
}
