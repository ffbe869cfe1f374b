/** The shapes of accounts, sessions and tokens. */
import { z } from "zod";
import { roles, scopes } from "../../core/accounts/role.ts";
import { maxPasswordChars } from "../../core/accounts/password.ts";

const instant = z.iso.datetime();
const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const role = z.enum(roles as [(typeof roles)[number]]);
const scope = z.enum(scopes as [(typeof scopes)[number]]);

const name = z.string().min(1).max(256);
/** What may be one is the core's to say; this much may be looked at. */
const password = z.string().min(1).max(maxPasswordChars);
const secret = z.string().min(1).max(100);
const cookies = z
  .boolean()
  .optional()
  .describe("Put the tokens into HttpOnly cookies instead of the answer");

export const signInBody = z.strictObject({
  name,
  password,
  totp: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Six digits of the second factor, or a recovery code"),
  cookies,
});
export const signUpBody = z.strictObject({
  name,
  password,
  invitation: secret.optional(),
  cookies,
});
export const setUpBody = z.strictObject({ token: secret, name, password, cookies });
export const resetBody = z.strictObject({ token: secret, password });
export const refreshBody = z.strictObject({ refreshToken: z.string().max(2048) }).nullish();

export const changePasswordBody = z.strictObject({
  currentPassword: password.optional().describe("Not needed where there was none"),
  newPassword: password,
  endTokens: z.boolean().optional().describe("API tokens end as well; default: they stay"),
});
export const endSessionsQuery = z.strictObject({
  tokens: z.literal("1").optional().describe("API tokens end as well"),
});
export const passwordBody = z.strictObject({ password: password.optional() });
export const codeBody = z.strictObject({ code: z.string().min(1).max(64) });

export const newTokenBody = z.strictObject({
  name: z.string().min(1).max(100),
  scopes: z.array(scope).min(1).max(scopes.length),
  expiresAt: instant.nullish().describe("Null or absent: never"),
});

export const changeUserBody = z.strictObject({
  role: role.optional(),
  quotaBytes: bytes.nullish(),
  disabled: z.boolean().optional(),
});
export const inviteBody = z.strictObject({
  role: role.default("member"),
  quotaBytes: bytes.nullish().describe("Absent: the default; null: none"),
});
export const listUsersQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
});

export const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role,
    disabled: z.boolean(),
    quotaBytes: bytes.nullable(),
    usedBytes: bytes,
    reservedBytes: bytes,
    hasPassword: z.boolean(),
    hasTotp: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: "User" });

export const userPageSchema = z.object({
  items: z.array(userSchema),
  nextCursor: z.string().nullable(),
});

export const meSchema = userSchema.extend({
  scopes: z.array(scope).describe("What this request's session or token may do"),
  recoveryCodesLeft: z.int(),
});

export const signedInSchema = z
  .object({
    accessToken: z.string().optional().describe("Absent with cookies"),
    refreshToken: z.string().optional().describe("Absent with cookies"),
    expiresIn: z.int().describe("Seconds until the access token expires"),
    user: userSchema,
  })
  .meta({ id: "SignedIn" });

export const sessionSchema = z
  .object({
    id: z.string(),
    isCurrent: z.boolean(),
    method: z.string(),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    createdAt: instant,
    refreshedAt: instant,
    expiresAt: instant,
  })
  .meta({ id: "Session" });

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scope),
    createdAt: instant,
    expiresAt: instant.nullable(),
    usedAt: instant.nullable().describe("To the hour"),
  })
  .meta({ id: "ApiToken" });

export const invitationSchema = z
  .object({
    id: z.string(),
    role,
    quotaBytes: bytes.nullable(),
    createdBy: z.string().nullable(),
    createdAt: instant,
    expiresAt: instant,
  })
  .meta({ id: "Invitation" });

export const offerSchema = z.object({
  token: z.string().describe("Shown this once"),
  url: z.string(),
  expiresAt: instant,
});

export const identitySchema = z
  .object({
    id: z.string(),
    provider: z.string(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    createdAt: instant,
  })
  .meta({ id: "Identity" });

export const authOptionsSchema = z.object({
  signup: z.enum(["first", "open", "closed"]),
  minPasswordChars: z.int(),
  providers: z.array(z.object({ id: z.string(), label: z.string() })),
});
