/**
 * The persistence port of fetches. Every method is one transaction. Those that take `run` are a compare-and-set on it, and answer
 * undefined or false when the fetch has changed hands meanwhile: the caller then leaves everything as it is.
 */
import type { Actor } from "../events.ts";
import type { Fetch, FetchFailure, FetchTicket } from "./fetch.ts";

export interface FetchLimits {
  /** Of one owner, waiting ones included. */
  readonly maxOpen: number;
  /** Of one owner, admitted at once. */
  readonly maxAdmitted: number;
}

export type FetchEnding =
  | {
      readonly state: "complete";
      readonly fileId: string | null;
      /** Where it is; null is the root. */
      readonly parentId: string | null;
      readonly receivedBytes: number;
    }
  | { readonly state: "failed"; readonly failure: FetchFailure; readonly attempts: number };

export interface FetchStore {
  /** Throws `too-many-fetches`. */
  create(input: {
    fetch: {
      id: string;
      ownerId: string;
      url: string;
      name: string | null;
      parentId: string | null;
    };
    limits: FetchLimits;
    actor: Actor;
    now: number;
  }): Promise<Fetch>;
  find(id: string): Promise<Fetch | undefined>;
  /** Newest first. */
  list(input: {
    ownerId: string;
    limit: number;
    cursor?: string;
  }): Promise<{ items: Fetch[]; nextCursor: string | null }>;
  /** `queued` or (after a crash) `fetching` → `fetching`. */
  begin(input: FetchTicket & { now: number }): Promise<Fetch | undefined>;
  /** Notes which upload receives it, and what the remote said. */
  attach(
    input: FetchTicket & {
      uploadId: string;
      name: string;
      validator: string | null;
      totalBytes: number | null;
      now: number;
    },
  ): Promise<boolean>;
  /** Back to `queued`, with a job due at `at`. */
  postpone(
    input: FetchTicket & {
      at: number;
      attempts: number;
      failure: FetchFailure | null;
      /** What was received does not count: the next try begins anew. */
      anew: boolean;
      now: number;
    },
  ): Promise<boolean>;
  /** An end; the owner's next takes its place. */
  end(
    input: FetchTicket & { ending: FetchEnding; limits: FetchLimits; now: number },
  ): Promise<boolean>;
  /** Open → `cancelled`. Undefined when it has ended already. */
  cancel(input: {
    id: string;
    limits: FetchLimits;
    actor: Actor;
    now: number;
  }): Promise<Fetch | undefined>;
  /** `failed` or `cancelled` → `queued`, with the upload where that is still open. Undefined otherwise. Throws `too-many-fetches`. */
  restart(input: {
    id: string;
    limits: FetchLimits;
    actor: Actor;
    now: number;
  }): Promise<Fetch | undefined>;
  /** Forgets one that has ended; false for an open one. */
  remove(id: string): Promise<boolean>;
  /** Forgets those that ended before `before`; returns how many. */
  purge(input: { before: number; limit: number }): Promise<number>;
}
