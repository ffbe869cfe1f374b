/**
 * A fetch: an offline download. The server brings an http(s) resource into its owner's drive, through an upload of dialect `offline`
 * that holds whatever has arrived, so that a cut, a restart or a crash costs only what was not yet acknowledged.
 *
 *   queued    → fetching | cancelled             waits for its turn, or for the next try
 *   fetching  → complete | queued | failed | cancelled
 *   failed    → queued                           by hand; goes on where it stood while its upload is open
 *   cancelled → queued                           by hand; begins anew
 *   complete                                     an end
 *
 * `run` rises with every change of hands: a job that carries an older one does nothing. One that waits for its turn has no job; a
 * job is enqueued in the transaction that admits it, and only so many of one owner are admitted at once.
 */
export type FetchState = "queued" | "fetching" | "complete" | "failed" | "cancelled";

/** Why it did not come, or not yet. */
export type FetchFailureCode =
  | "address-refused"
  | "bad-response"
  | "changed"
  | "cut"
  | "disk-full"
  | "http-status"
  | "internal"
  | "name-not-found"
  | "not-allowed"
  | "quota-exceeded"
  | "redirect-refused"
  | "timed-out"
  | "tls-failed"
  | "too-large"
  | "too-many-redirects"
  | "too-many-uploads"
  | "unknown-coding"
  | "unreachable"
  | "upload-ended";

export interface FetchFailure {
  readonly code: FetchFailureCode;
  /** For people; never of the server's inside. */
  readonly detail: string;
}

export interface Fetch {
  readonly id: string;
  readonly ownerId: string;
  readonly url: string;
  /** As asked for, or as found out once the remote has answered. */
  readonly name: string | null;
  /** The folder that is to receive the file, or received it; null is the root, also when the folder was gone by then. */
  readonly parentId: string | null;
  readonly state: FetchState;
  readonly run: number;
  /** Tries since the last that made progress. */
  readonly attempts: number;
  /** What makes a later range belong to the same content: a strong ETag or a strong Last-Modified. */
  readonly validator: string | null;
  readonly uploadId: string | null;
  readonly fileId: string | null;
  /** Bytes durably held. */
  readonly receivedBytes: number;
  /** Null while nobody knows. */
  readonly totalBytes: number | null;
  readonly failure: FetchFailure | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The job that works on an admitted fetch; its payload is `FetchTicket` as JSON. */
export const fetchUrlJob = "fetch-url";

export interface FetchTicket {
  readonly id: string;
  readonly run: number;
}

export function hasEnded({ state }: Pick<Fetch, "state">): boolean {
  return state === "complete" || state === "failed" || state === "cancelled";
}
