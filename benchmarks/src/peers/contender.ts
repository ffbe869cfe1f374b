/**
 * One way to upload to one server. Every server starts in a fresh folder for every sample and is
 * thrown away after it, so that none profits or suffers from what an earlier sample left behind.
 */
import type { Content, Pool } from "../content.ts";
import type { LoadResult } from "../load.ts";
import type { ServerProcess } from "../process.ts";

export type Server = {
  process: ServerProcess;
  url: URL;
  dir: string;
  /** Sent with every request, for servers that ask who is calling. */
  headers: Readonly<Record<string, string>>;
};

/** What the server says, or its disk shows, of one content it took. */
export type Stored = {
  size: number;
  /** Absent where the server computes no digest and keeps no plain file. */
  sha256?: string;
  /** Where the bytes can be read back with GET. */
  path?: string;
};

export type Work = { pool: Pool; contents: readonly Content[]; connections: number };

export type Upload = {
  /** From the first request of the first content to the last answer of the last one. */
  ms: number;
  clientCpuSeconds: number;
  stored: (index: number) => Promise<Stored>;
  /** Every n-th content is checked; above 1 only where a check is a request of its own. */
  checkEvery: number;
};

export type Contender = {
  name: string;
  /** Why it cannot run here; undefined when it can. */
  absent: () => string | undefined;
  start: (dir: string) => Promise<Server>;
  upload: (server: Server, work: Work) => Promise<Upload>;
};

/** Every reply must have this status; the first that has not is the error. */
export function expectReplies({ replies }: LoadResult, status: number): void {
  for (const reply of replies) {
    if (reply.status === status) continue;
    const text = reply.body.toString("utf8", 0, 500);
    throw new Error(`expected ${status}, was answered ${reply.status} ${text}`);
  }
}

export async function verifyUpload(upload: Upload, contents: readonly Content[]): Promise<void> {
  for (let index = 0; index < contents.length; index += upload.checkEvery) {
    const content = contents[index];
    if (!content) continue;
    const stored = await upload.stored(index);
    if (stored.size !== content.size) {
      throw new Error(`${content.name}: ${stored.size} bytes stored of ${content.size}`);
    }
    if (stored.sha256 !== undefined && stored.sha256 !== content.sha256) {
      throw new Error(`${content.name}: stored as ${stored.sha256}, sent ${content.sha256}`);
    }
  }
}
