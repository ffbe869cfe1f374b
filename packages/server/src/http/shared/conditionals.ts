/** RFC 9110 §13: preconditions on a representation that has a strong ETag and perhaps a date. */
export interface Validators {
  /** Quoted, strong. */
  readonly etag: string;
  /** Milliseconds since the epoch. Null where no date would tell every change: conditions on one are then not met or not looked at. */
  readonly modifiedAt: number | null;
}

export interface ConditionalHeaders {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
  readonly ifRange?: string | undefined;
}

/** In the order of §13.2.2. */
export function evaluatePreconditions(
  headers: ConditionalHeaders,
  validators: Validators,
): "proceed" | 304 | 412 {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = headers;
  const { modifiedAt } = validators;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, validators.etag, { weak: false })) return 412;
  } else if (ifUnmodifiedSince !== undefined && modifiedAt !== null) {
    const date = Date.parse(ifUnmodifiedSince);
    if (!Number.isNaN(date) && seconds(modifiedAt) > seconds(date)) return 412;
  }
  if (ifNoneMatch !== undefined)
    return matches(ifNoneMatch, validators.etag, { weak: true }) ? 304 : "proceed";
  if (ifModifiedSince !== undefined && modifiedAt !== null) {
    const date = Date.parse(ifModifiedSince);
    if (!Number.isNaN(date) && seconds(modifiedAt) <= seconds(date)) return 304;
  }
  return "proceed";
}

/** Whether a Range header still applies: §13.1.5, strong comparison, an exact date. */
export function rangeApplies(
  ifRange: string | undefined,
  { etag, modifiedAt }: Validators,
): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"')) return ifRange === etag;
  if (ifRange.startsWith("W/")) return false;
  return modifiedAt !== null && seconds(Date.parse(ifRange)) === seconds(modifiedAt);
}

function matches(list: string, etag: string, { weak }: { weak: boolean }): boolean {
  if (list.trim() === "*") return true;
  return list.split(",").some((entry) => {
    const tag = entry.trim();
    return tag === etag || (weak && tag === `W/${etag}`);
  });
}

const seconds = (ms: number): number => Math.floor(ms / 1000);
