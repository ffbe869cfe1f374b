import { isCoreError, type ErrorCode } from "../errors.ts";
import type { FetchFailure, FetchFailureCode } from "./fetch.ts";
import { RemoteFailure } from "./remote.ts";

export interface Verdict {
  readonly failure: FetchFailure;
  /** Undefined: it is given up. */
  readonly retryInMs: number | undefined;
  /** What was received is of no use to a later try. */
  readonly discard: boolean;
}

/** Tries without worthwhile progress: with the waits below, a remote may be away for some 20 minutes. */
const maxAttempts = 10;
const maxAgeMs = 7 * 24 * 3_600_000;
const firstWaitMs = 1_000;
const maxWaitMs = 5 * 60_000;

export function judge(
  error: unknown,
  { attempts, ageMs }: { attempts: number; ageMs: number },
): Verdict {
  const { code, detail, mayPass, discard = false, retryAfterMs } = describe(error);
  const goesOn = mayPass && attempts < maxAttempts && ageMs < maxAgeMs;
  const wait = Math.max(retryAfterMs ?? 0, backoff(attempts));
  return { failure: { code, detail }, retryInMs: goesOn ? wait : undefined, discard };
}

/** Half of it jitter: what failed together does not come back together. */
function backoff(attempts: number): number {
  const wait = Math.min(maxWaitMs, firstWaitMs * 2 ** (attempts - 1));
  return wait / 2 + (Math.random() * wait) / 2;
}

interface Description {
  readonly code: FetchFailureCode;
  readonly detail: string;
  readonly mayPass: boolean;
  readonly discard?: boolean;
  readonly retryAfterMs?: number | undefined;
}

function describe(error: unknown): Description {
  if (error instanceof RemoteFailure) {
    const { code, message: detail, mayPass, retryAfterMs } = error;
    const discard = code === "changed" || code === "too-large";
    return { code, detail, mayPass, retryAfterMs, discard };
  }
  return (isCoreError(error) ? refusals[error.code] : undefined) ?? unforeseen;
}

const unforeseen: Description = {
  code: "internal",
  detail: "the failure has been logged",
  mayPass: true,
};
const cut: Description = {
  code: "cut",
  detail: "the connection was lost before the content's end",
  mayPass: true,
};
const changed: Description = {
  code: "changed",
  detail: "the content has changed",
  mayPass: true,
  discard: true,
};
const tooLarge: Description = {
  code: "too-large",
  detail: "larger than this server accepts",
  mayPass: false,
  discard: true,
};
const noRoom: Description = {
  code: "disk-full",
  detail: "the server cannot store it now",
  mayPass: true,
};
const uploadEnded: Description = {
  code: "upload-ended",
  detail: "its upload was ended",
  mayPass: false,
};

/** What the engine says of bytes that come from a remote. */
const refusals: Partial<Record<ErrorCode, Description>> = {
  "body-cut": cut,
  "part-conflict": changed,
  "upload-incomplete": changed,
  "body-too-long": tooLarge,
  "file-too-large": tooLarge,
  "quota-exceeded": {
    code: "quota-exceeded",
    detail: "the account's quota does not allow it",
    mayPass: false,
  },
  "shared-folder-full": {
    code: "quota-exceeded",
    detail: "the folder's owner has no room for it",
    mayPass: false,
  },
  "disk-full": noRoom,
  "writes-stopped": noRoom,
  "too-many-uploads": {
    code: "too-many-uploads",
    detail: "too many uploads are open",
    mayPass: true,
  },
  "upload-not-found": uploadEnded,
  "upload-aborted": uploadEnded,
  "upload-expired": uploadEnded,
  "upload-failed": uploadEnded,
  "upload-complete": uploadEnded,
};
