/** The words of a load: what is sent, at which pace, and what came back. */
import type { Body, Pool } from "./content.ts";

export type Send = {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Body;
};

export type Reply = {
  /** 0 when the connection ended before an answer. */
  status: number;
  startMs: number;
  endMs: number;
  headers: ReadonlyMap<string, string>;
  body: Buffer;
};

export type LoadResult = { elapsedMs: number; cpuSeconds: number; replies: Reply[] };

/** Each connection sends `bytes` every `everyMs`; connections start spread over `rampMs`. */
export type Pace = { bytes: number; everyMs: number; rampMs: number };

export type Load = { url: URL; pool: Pool; sends: readonly Send[]; connections: number };
