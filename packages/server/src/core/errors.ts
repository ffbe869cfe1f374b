/**
 * Every refusal of the core, by stable code, with the facts a dialect needs to phrase its own answer.
 * Core never knows a status or a wire shape: each dialect maps codes itself.
 */
export interface ErrorFacts {
  "invalid-request": { field: string; reason: string };
  "name-refused": { name: string; reason: string };
  "name-taken": { name: string };
  "file-too-large": { limitBytes: number; sizeBytes: number | null };
  "quota-exceeded": { quotaBytes: number; usedBytes: number; wantedBytes: number };
  "disk-full": { wantedBytes: number };
  "too-many-uploads": { limit: number };
  "upload-not-found": { id: string };
  "upload-paused": { id: string };
  "upload-complete": { id: string };
  "upload-aborted": { id: string };
  "upload-expired": { id: string };
  "upload-failed": { id: string; reason: string };
  "upload-incomplete": { missing: number[]; receivedBytes: number; sizeBytes: number | null };
  "offset-mismatch": { expected: number; actual: number };
  "part-out-of-range": { number: number; parts: number | null };
  "part-misaligned": { partSize: number; length: number };
  "part-conflict": { start: number; length: number };
  "body-too-long": { limitBytes: number };
  "body-cut": { receivedBytes: number };
  "body-too-slow": { minBytesPerSecond: number };
  "digest-mismatch": { algorithm: string; expected: string; actual: string };
  superseded: { id: string };
  "instant-off": Record<string, never>;
  "challenge-spent": { id: string };
  "file-not-found": { id: string };
  "node-not-found": { id: string };
  "version-not-found": { id: string; number: number };
  "job-not-found": { id: string };
  /** A file where a folder is needed. */
  "not-a-folder": { id: string };
  /** The folder that was to receive something is not there any more, or is in the trash. */
  "parent-gone": { id: string };
  "node-trashed": { id: string };
  "folder-into-itself": { id: string };
  "too-deep": { limit: number };
  "check-not-found": { id: string };
  "too-many-streams": { limit: number };
  "archive-not-found": { id: string };
  "archive-too-large": { limitEntries: number };
  "writes-stopped": { reason: string };
  "fetch-not-found": { id: string };
  "fetch-ended": { id: string; state: string };
  "fetches-not-allowed": { setting: string };
  "too-many-fetches": { limit: number };
  "url-refused": { reason: string };
  "no-preview": { reason: string };
  /** Of the owner's, by id. */
  "share-not-found": { id: string };
  /** Unknown, expired, revoked, or its owner may no longer: one refusal, which does not repeat the token. */
  "shared-link-not-found": Record<string, never>;
  "share-locked": { isWrong: boolean };
  "downloads-spent": { limit: number };
  /** No fact says how much room its owner has. */
  "request-full": { limitBytes: number | null };
  "preview-only": Record<string, never>;
  /** What somebody may see, and not change. */
  "share-right-missing": { needed: string };
  /** The quota of the folder's owner, of which nobody else is told more. */
  "shared-folder-full": { wantedBytes: number };
  unauthenticated: Record<string, never>;
  /** `needed`: the scope that the role or the token does not have. */
  forbidden: { needed: string };
  "cross-site": Record<string, never>;
  /** Unknown name and wrong password are one refusal. */
  "sign-in-failed": Record<string, never>;
  "totp-required": { isWrong: boolean };
  "account-disabled": Record<string, never>;
  "too-many-attempts": { retryAfterSeconds: number };
  "signup-closed": Record<string, never>;
  "account-name-taken": { name: string };
  "account-name-refused": { reason: string };
  "password-refused": { reason: string };
  /** Unknown, used or expired: whoever has no link learns nothing of one. */
  "link-invalid": Record<string, never>;
  "account-not-found": { id: string };
  "session-not-found": { id: string };
  "token-not-found": { id: string };
  "invitation-not-found": { id: string };
  "identity-not-found": { id: string };
  "identity-taken": { provider: string };
  /** Without it, nobody could sign in to the account again. */
  "last-sign-in": Record<string, never>;
  "totp-state": { isEnabled: boolean };
  "provider-not-found": { provider: string };
  "provider-unavailable": { provider: string };
  "oauth-state-invalid": Record<string, never>;
}

export type ErrorCode = keyof ErrorFacts;

/** A refusal with a stable code. Survives a thread boundary as `{ code, facts }`. */
export class CoreError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "CoreError";
  readonly code: C;
  readonly facts: ErrorFacts[C];

  constructor(code: C, facts: ErrorFacts[C], options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(facts)}`, options);
    this.code = code;
    this.facts = facts;
  }
}

/** Narrows an unknown failure to a refusal with one of the given codes. */
export function isCoreError<C extends ErrorCode>(
  error: unknown,
  ...codes: C[]
): error is CoreError<C> {
  return error instanceof CoreError && (codes.length === 0 || codes.includes(error.code as C));
}

/** A thrown value as an Error: what is kept to be thrown later must be one. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
